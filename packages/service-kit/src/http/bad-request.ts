import { HttpProblem } from './http-problem.ts';
import type { Problem, ProblemType } from './http-problem.ts';

export const invalidRequest: ProblemType = {
  type: '/problems/invalid-request',
  status: 400,
  title: 'The request is not valid',
};

/** A 400 that names every bad field; also for rules that no schema can express. */
export function badRequest(problems: readonly Problem[]): HttpProblem {
  const paths = problems.map(({ path }) => path).join(', ');
  return new HttpProblem(invalidRequest, { detail: `Please check: ${paths}`, problems });
}
