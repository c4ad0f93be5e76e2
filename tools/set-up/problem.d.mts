/** Types of problem.mjs, which runs before TypeScript can. */
export class Problem extends Error {
  readonly remedy: string;
  constructor(what: string, remedy: string, output?: string);
}
export function hasProblem(error: unknown): error is Problem;
export function sayProblem(problem: Problem): void;
