/** What a program was started with. */
export function optionsOf<Options>(): Options {
  return JSON.parse(process.argv[2] ?? '{}') as Options;
}

/** To the process that started it. */
export function answer(message: object): void {
  process.send!(message);
}

let close = async (): Promise<void> => {};

/** What a program closes when it is stopped, as leaving its group. */
export function closeWith(closing: () => Promise<void>): void {
  close = closing;
}

// Ends in order, so that a profile is written.
process.once('SIGTERM', () => void close().finally(() => process.exit(0)));
// The process that started it has ended.
process.once('disconnect', () => process.exit(0));
