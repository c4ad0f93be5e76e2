import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';

/**
 * The options and words of the command line. With `--help` it prints the usage and ends the process; so it does, with code 2 and
 * what is wrong, when there is an option that the command does not have.
 */
export function parseOptions<Config extends ParseArgsConfig>(
  usage: string,
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  if (process.argv.includes('--help')) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return parseArgs(config);
  } catch (error) {
    const [reason] = (error as Error).message.split('. To specify');
    console.error(`${reason}\n${usage}`);
    return process.exit(2);
  }
}
