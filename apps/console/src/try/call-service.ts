import { TRY_ANSWER_MS_MAX } from '../limits.ts';

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
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body ?? {}),
      redirect: 'error',
      signal: AbortSignal.timeout(TRY_ANSWER_MS_MAX),
    });
    const read = (await response.json().catch(() => ({}))) as Readonly<Record<string, unknown>>;
    const detail = typeof read['detail'] === 'string' ? read['detail'] : `The service answers ${response.status}.`;
    return {
      status: response.status,
      body: read,
      problem: response.ok ? null : detail,
      traceId: response.headers.get('traceparent')?.split('-')[1] ?? null,
    };
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { code?: string } };
    return {
      status: null,
      body: {},
      problem: `${new URL(url).host} does not answer: ${cause?.code ?? message}`,
      traceId: null,
    };
  }
}
