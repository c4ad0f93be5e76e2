import { join } from 'node:path';
import { awaitLogLine } from '../await-answer.ts';
import { LogFile } from '../log-file.ts';
import type { PartDefinition } from '../part.ts';
import { SMALL_C_HEAP, spawnNode } from '../spawn-node.ts';
import type { StackContext } from '../stack-context.ts';

const STOP_WITHIN_MS = 5_000;

/**
 * Most of MailDev is code for pages that are not open yet. A small young generation keeps what starting leaves
 * behind from being counted as needed.
 */
const FLAGS = ['--max-semi-space-size=1', '--optimize-for-size', '--no-warnings'];

/** The mail server, and the inbox to look into. */
export function mailDev({ dataFolder, ports, mailFaults }: StackContext): PartDefinition {
  const log = new LogFile(join(dataFolder, 'logs', 'maildev.log'));
  return {
    name: 'maildev',
    address: () => `http://127.0.0.1:${ports.get('maildev-web')}`,
    log,
    stopSignal: 'SIGTERM',
    stopWithinMs: STOP_WITHIN_MS,
    spawn: (output) => {
      const server = spawnNode({
        script: join('tools', 'stack', 'run-maildev.ts'),
        args: [
          `--smtp=${ports.get('maildev-smtp')}`,
          `--web=${ports.get('maildev-web')}`,
          `--data=${join(dataFolder, 'maildev')}`,
          ...(mailFaults.fault === null ? [] : [`--fault=${mailFaults.fault}`]),
        ],
        flags: FLAGS,
        env: SMALL_C_HEAP,
        output,
        hasChannel: true,
      });
      mailFaults.attach(server);
      return server;
    },
    awaitReady: (signal) => awaitLogLine(log, /^ready on /m, signal),
    move: async () => {
      // Its message does not always name the port.
      await ports.change('maildev-web');
      await ports.change('maildev-smtp');
    },
  };
}
