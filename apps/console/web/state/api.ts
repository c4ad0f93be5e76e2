import type { Problem } from '../../src/api.ts';
import { t } from '../words/words.ts';

/** An answer of 400 or above, or none at all (`status` 0). */
export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

export function getJson<Answer>(url: string, signal?: AbortSignal): Promise<Answer> {
  return request<Answer>(url, signal === undefined ? {} : { signal });
}

export function postJson<Answer>(url: string, body: object): Promise<Answer> {
  return request<Answer>(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function request<Answer>(url: string, init: RequestInit): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new ApiError(unreachable(0));
  }
  if (response.ok) return (await response.json()) as Answer;
  const problem: unknown = await response.json().catch(() => null);
  throw new ApiError(isProblem(problem) ? problem : unreachable(response.status));
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'detail' in value && 'status' in value;
}

function unreachable(status: number): Problem {
  return {
    type: 'about:blank',
    title: '',
    status,
    detail: t('problem.unreachable'),
    next: t('problem.unreachable-next'),
  };
}
