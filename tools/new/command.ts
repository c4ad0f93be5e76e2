import type { Plan } from './plan.ts';

/** A value that a command takes: from the command line, or as the answer to a question. */
export interface Value {
  /** `owner` is `--owner VALUE`; `name` is the first word. */
  readonly option: string;
  /** As a person is asked for it. */
  readonly question: string;
  /** What it is when it is not given; a value without a default has to be. `undefined`: none. */
  readonly preset?: (given: Given, root: string) => string | undefined;
  readonly optional?: true;
  /** @throws Problem that says what is wrong with it */
  readonly check?: (value: string, given: Given, root: string) => void;
}

export type Given = Readonly<Record<string, string | undefined>>;

export interface Command {
  /** As it is typed: `new:event`. */
  readonly name: string;
  readonly summary: string;
  readonly example: string;
  readonly values: readonly Value[];
  /** Options without a value, beside `--dry-run` and `--force`. */
  readonly flags?: Readonly<Record<string, string>>;
  /** Computes everything, and writes nothing. @throws Problem */
  plan(root: string, given: Given, flags: ReadonlySet<string>): Promise<Plan>;
}
