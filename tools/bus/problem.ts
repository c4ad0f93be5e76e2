/** What a script may rely on; `docs/bus.md` has them too. */
export const EXIT = { fine: 0, problem: 1, usage: 2, unreachable: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Something the operator can mend: what it is, what to do, and the exit code that says of which kind. */
export class BusProblem extends Error {
  override readonly name = 'BusProblem';
  readonly exitCode: ExitCode;
  readonly remedy: string;

  constructor(exitCode: ExitCode, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
    this.remedy = remedy;
  }
}

export function badUsage(message: string, remedy: string): BusProblem {
  return new BusProblem(EXIT.usage, message, remedy);
}

export function refused(message: string, remedy: string, options?: ErrorOptions): BusProblem {
  return new BusProblem(EXIT.problem, message, remedy, options);
}

/** Names the address and the setting that it came from: one of the two is wrong, or the program there is down. */
export function unreachable(what: string, address: string, setting: string, cause: unknown): BusProblem {
  const why = cause instanceof Error ? cause.message || cause.name : String(cause);
  return new BusProblem(
    EXIT.unreachable,
    `${what} at ${address} cannot be reached (${why})`,
    `The address comes from ${setting}. Start what should answer there, or give another address.`,
    { cause },
  );
}
