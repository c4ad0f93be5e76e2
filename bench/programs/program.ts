/** What a program was started with. */
export function optionsOf<Options>(): Options {
  return JSON.parse(process.argv[2] ?? '{}') as Options;
}

/** To whoever started it. */
export function answer(message: object): void {
  process.send!(message);
}

// Ends in order, so that a profile gets written.
process.once('SIGTERM', () => process.exit(0));
// Whoever started it is gone.
process.once('disconnect', () => process.exit(0));
