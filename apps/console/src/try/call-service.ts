import { TRY_ANSWER_MS_MAX } from '../limits.ts';
import type { TryResult } from '../api.ts';
import type { Source } from '../sources/fetch-json.ts';
import { fieldProblemsOf, refusalOf } from '../sources/refusal-of.ts';
import { reasonOf, sendRequest } from '../sources/send-request.ts';

/** The answer of a service to a request of Try it, whatever it is. */
export interface Called {
  /** Null: no answer. */
  readonly status: number | null;
  readonly body: Readonly<Record<string, unknown>>;
  readonly problem: TryResult['problem'];
  /** Names of the fields that it rejects. */
  readonly rejected: readonly string[];
  readonly traceId: string | null;
}

export async function callService(service: Source, path: string, body?: object): Promise<Called> {
  try {
    const sent = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body ?? {}),
    } as const;
    const { status, isOk, headers, text } = await sendRequest(`${service.address}${path}`, sent, TRY_ANSWER_MS_MAX);
    const read = objectOf(text);
    const problems = fieldProblemsOf(read);
    return {
      status,
      body: read,
      problem: isOk ? null : refused(service.name, sentenceOf(status, read['detail'], problems), read),
      rejected: problems.map(({ path }) => path),
      traceId: String(headers['traceparent'] ?? '').split('-')[1] ?? null,
    };
  } catch (error) {
    const { name: source, address, setting } = service;
    const reason = reasonOf(error);
    return {
      status: null,
      body: {},
      problem: {
        detail: `${source} at ${address} does not answer (${reason}).`,
        said: { code: 'source-unavailable', params: { source, address, setting, reason } },
      },
      rejected: [],
      traceId: null,
    };
  }
}

function refused(source: string, answer: string, body: object): NonNullable<TryResult['problem']> {
  const params = { source, answer };
  return { detail: `${source}: ${answer}`, said: { code: 'source-refuses', params, ...refusalOf(body) } };
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

/** Of the fields if it names any: its own sentence only lists them. */
function sentenceOf(status: number, detail: unknown, problems: ReturnType<typeof fieldProblemsOf>): string {
  if (problems.length > 0) return problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return typeof detail === 'string' ? detail : `The service answers ${status}.`;
}
