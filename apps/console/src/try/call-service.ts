import { TRY_ANSWER_MS_MAX } from '../limits.ts';
import { reasonOf, sendRequest } from '../sources/send-request.ts';

/** The answer of a service to a request of Try it, whatever it is. */
export interface Called {
  /** Null: no answer. */
  readonly status: number | null;
  readonly body: Readonly<Record<string, unknown>>;
  readonly problem: string | null;
  readonly traceId: string | null;
}

export async function callService(url: string, body?: object): Promise<Called> {
  try {
    const sent = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body ?? {}),
    } as const;
    const { status, isOk, headers, text } = await sendRequest(url, sent, TRY_ANSWER_MS_MAX);
    const read = objectOf(text);
    const detail = typeof read['detail'] === 'string' ? read['detail'] : `The service answers ${status}.`;
    return {
      status,
      body: read,
      problem: isOk ? null : detail,
      traceId: String(headers['traceparent'] ?? '').split('-')[1] ?? null,
    };
  } catch (error) {
    return {
      status: null,
      body: {},
      problem: `${new URL(url).host} does not answer: ${reasonOf(error)}`,
      traceId: null,
    };
  }
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}
