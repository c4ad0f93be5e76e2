/** Scripts rely on these; documented in `docs/bus.md`. */
export const EXIT = { fine: 0, problem: 1, usage: 2, unreachable: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An error that the operator can fix: what is wrong, what to do, and the exit code of its kind. */
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

/** Names the address and its setting: either the setting is wrong, or the program is down. */
export function unreachable(what: string, address: string, setting: string, cause: unknown): BusProblem {
  const why = cause instanceof Error ? cause.message || cause.name : String(cause);
  return new BusProblem(
    EXIT.unreachable,
    `${what} at ${address} cannot be reached (${why})`,
    `The address comes from ${setting}. Start the server, or correct the address.`,
    { cause },
  );
}
