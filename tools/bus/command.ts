import type { Output } from './output.ts';
import type { ExitCode } from './problem.ts';
import type { Given } from './given.ts';
import type { Settings } from './settings.ts';

export interface Option {
  /** `boolean` is a flag; everything else takes a value. */
  readonly type: 'string' | 'boolean';
  readonly multiple?: true;
  /** Placeholder of the value in the help: `--from TIME`. */
  readonly value?: string;
  readonly help: string;
}

export type Options = Readonly<Record<string, Option>>;

export interface Call {
  readonly given: Given;
  readonly settings: Settings;
  readonly output: Output;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** One command, one file in `commands/`. */
export interface Command {
  /** As it is typed: `dead redrive`. */
  readonly name: string;
  readonly summary: string;
  /** What follows the name, options left out. */
  readonly takes?: string;
  readonly options: Options;
  readonly notes?: readonly string[];
  /** Without `npm run bus -- `. */
  readonly examples: readonly string[];
  run(call: Call): Promise<ExitCode>;
}

export const COMMON_OPTIONS: Options = {
  brokers: {
    type: 'string',
    value: 'HOST:PORT,…',
    help: 'the brokers; default: KAFKA_BROKERS, else the system that npm start runs',
  },
  database: {
    type: 'string',
    multiple: true,
    value: 'SERVICE=URL',
    help: 'the database of a service; default: BUS_DATABASE_<SERVICE>, else that of npm start',
  },
  stack: { type: 'string', value: 'FOLDER', help: 'the --data folder of npm start; default: .data' },
  json: { type: 'boolean', help: 'print one JSON document; `tail` and `replay --print` print one line per record' },
  help: { type: 'boolean', help: 'show this help' },
};
