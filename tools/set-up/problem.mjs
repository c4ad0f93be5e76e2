/** A problem that only the user can fix, with what to do. */
export class Problem extends Error {
  /**
   * @param {string} what
   * @param {string} remedy
   * @param {string} [output] of the program that failed
   */
  constructor(what, remedy, output = '') {
    super(what);
    this.name = 'Problem';
    this.remedy = remedy;
    this.output = output;
  }
}

/** @param {unknown} error @returns {error is Problem} */
export function hasProblem(error) {
  return error instanceof Problem;
}

/** @param {Problem} problem */
export function sayProblem(problem) {
  if (problem.output !== '') console.error(problem.output.trimEnd());
  console.error(`\n✗ ${problem.message}\n  ${problem.remedy}`);
}
