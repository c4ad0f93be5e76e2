import { ConsoleProblem } from '../http/problem.ts';
import { SOURCE_READ_MS_MAX } from '../limits.ts';
import { refusalOf } from './refusal-of.ts';
import { reasonOf, sendRequest } from './send-request.ts';
import type { Answered, Sent as SentRequest } from './send-request.ts';

export interface Source {
  /** e.g. `mail-service`. */
  readonly name: string;
  readonly address: string;
  /** Of the console: where the address comes from. */
  readonly setting: string;
}

export interface Sent extends SentRequest {
  /** SOURCE_READ_MS_MAX unless given. */
  readonly timeoutMs?: number;
}

/** @throws ConsoleProblem: 503 when there is no answer in time, else what the source refuses, with its own sentence */
export async function fetchJson({ name, address, setting }: Source, path: string, given: Sent = {}): Promise<unknown> {
  const { timeoutMs = SOURCE_READ_MS_MAX, ...sent } = given;
  let answer: Answered;
  let body: unknown;
  try {
    answer = await sendRequest(`${address}${path}`, sent, timeoutMs);
    body = JSON.parse(answer.text);
  } catch (error) {
    const reason = reasonOf(error);
    throw new ConsoleProblem(
      503,
      `${name} at ${address} does not answer (${reason}).`,
      `The address is ${setting}. Start the program, or correct the address.`,
      { code: 'source-unavailable', params: { source: name, address, setting, reason } },
    );
  }
  if (answer.isOk) return body;
  const detail = (body as { detail?: unknown } | null)?.detail;
  const sentence = typeof detail === 'string' ? detail : `It answers ${answer.status}.`;
  if (answer.status === 401) {
    throw new ConsoleProblem(502, `${name}: ${sentence}`, 'Give the console the ADMIN_TOKEN of the services.', {
      code: 'admin-token-wrong',
      params: { source: name },
    });
  }
  throw new ConsoleProblem(answer.status, `${name}: ${sentence}`, nextOf(answer.status), {
    code: 'source-refuses',
    params: { source: name, answer: sentence },
    ...refusalOf(body),
  });
}

function nextOf(status: number): string {
  if (status === 404) return 'Read the list again: it may have been resolved or deleted.';
  return status >= 500 ? 'Repeat it in a second; the log of the service says more.' : 'Correct the request.';
}
