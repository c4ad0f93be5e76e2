import type { Problem } from '../../src/api.ts';
import { t } from '../words/words.ts';

const PROBLEM = 'application/problem+json';

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

interface Request extends RequestInit {
  readonly headers?: Readonly<Record<string, string>>;
}

async function request<Answer>(url: string, init: Request): Promise<Answer> {
  let response: Response;
  try {
    // By this header the server sends problems with the status 200, which the browser does not report as errors of the page.
    response = await fetch(url, { ...init, headers: { ...init.headers, 'console-page': '1' } });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new ApiError(unreachable(0));
  }
  const isAnswer = response.ok && response.headers.get('content-type')?.startsWith(PROBLEM) !== true;
  if (isAnswer) return (await response.json()) as Answer;
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
