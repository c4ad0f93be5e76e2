// A machine that does other things as well takes its time: what the tests of all lanes allow it.

/** A test that passes only the second time is named at the end of the run: what is broken fails twice. */
export const RETRIES = process.env['CI'] === undefined ? 0 : 1;

/** For what is on its way to a page, a table or a broker. */
export const POLL = { poll: { timeout: 45_000 } } as const;
