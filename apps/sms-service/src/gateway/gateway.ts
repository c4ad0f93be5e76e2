import { PermanentError, TransientError } from '@event-bus/messaging-client';
import { z } from 'zod';

/** Of one request. A gateway that takes longer is asked again later, with the same key. */
const ANSWER_WITHIN_MS = 10_000;

/** The request, and what is written after it. */
export const TEXT_HANDLER_TIMEOUT_MS = 20_000;

/** Gateways commonly remember a key for a day. A text that waits for longer than this becomes a dead letter, for an operator to decide. */
export const KEYS_KNOWN_MS = 20 * 60 * 60 * 1000;

/** A reason is shown and kept; an answer may be a whole page. */
const REASON_CHARACTERS_MAX = 300;

const LOGIN_REJECTED = new Set([401, 403]);
/** The gateway works on the first request with this key, or asks for time. */
const LATER = new Set([408, 409, 425, 429]);

const accepted = z.object({ id: z.string().min(1).max(200) });

export interface TextMessage {
  /** The same for each attempt: by it the gateway knows a text that it has. */
  readonly key: string;
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

export interface GatewayOptions {
  readonly url: string;
  readonly token?: string | undefined;
  /** Shorter in specs. */
  readonly answerWithinMs?: number;
}

/** The gateway as the last request found it. */
export interface GatewayState {
  readonly is: 'unknown' | 'accepting' | 'unavailable' | 'login rejected';
  readonly detail: string;
}

/**
 * A gateway for text messages by HTTP. A request with an `Idempotency-Key` may be sent again without harm, so an answer that
 * is lost is no doubt: the text is sent again, and the gateway recognises it.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #address: URL;
  #state: GatewayState = { is: 'unknown', detail: 'nothing was sent yet' };

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#address = new URL('messages', options.url.endsWith('/') ? options.url : `${options.url}/`);
  }

  get state(): GatewayState {
    return this.#state;
  }

  /**
   * @returns the id that the gateway gave the text
   * @throws TransientError when it is to be sent again, PermanentError when the gateway rejects it for good
   */
  async send({ key, ...message }: TextMessage, signal: AbortSignal): Promise<string> {
    const { token, answerWithinMs = ANSWER_WITHIN_MS } = this.#options;
    let response: Response;
    let body: string;
    try {
      response = await fetch(this.#address, {
        method: 'POST',
        redirect: 'error',
        headers: {
          'content-type': 'application/json',
          'idempotency-key': `"${key}"`,
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify(message),
        signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
      });
      body = await response.text();
    } catch (error) {
      throw this.#unavailable(`no answer from ${this.#address.host}: ${reasonOf(error)}`, error);
    }
    const reason = `${response.status} ${body.slice(0, REASON_CHARACTERS_MAX)}`;
    if (LOGIN_REJECTED.has(response.status)) {
      this.#state = { is: 'login rejected', detail: `answers ${response.status}: correct SMS_GATEWAY_TOKEN` };
      throw new TransientError(`the gateway rejects our login: ${reason}`);
    }
    if (response.status >= 500 || LATER.has(response.status)) throw this.#unavailable(`the gateway answers ${reason}`);
    this.#state = { is: 'accepting', detail: `answers ${response.status}` };
    if (!response.ok) throw new PermanentError(`the gateway rejects the text: ${reason}`);
    const answer = accepted.safeParse(jsonOf(body));
    if (!answer.success) throw this.#unavailable(`the gateway answers ${response.status} without an id: ${reason}`);
    return answer.data.id;
  }

  #unavailable(detail: string, cause?: unknown): TransientError {
    this.#state = { is: 'unavailable', detail };
    return new TransientError(detail, { cause });
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `fetch failed` alone says nothing. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
