import { IDEMPOTENCY_KEY_CHARACTERS_MAX } from '../limits.ts';
import { badRequest } from '../http/bad-request.ts';

export const IDEMPOTENCY_KEY = 'Idempotency-Key';

/** A string of RFC 9651 §3.3.3: printable ASCII in quotes, in which quotes and backslashes are escaped by a backslash. */
const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;

/** Without quotes, as many clients send it. A comma would separate two headers of that name. */
const BARE = /^[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]+$/;

/**
 * The key of a request: `"8e03978e-40d5-43dd-bc93-6894a57f9324"`, with or without quotes.
 * @throws HttpProblem, a 400, when it is malformed, empty or too long
 */
export function readIdempotencyKey(header: string): string {
  const key = QUOTED.exec(header)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? BARE.exec(header)?.[0] ?? '';
  if (key.trim() !== '' && key.length <= IDEMPOTENCY_KEY_CHARACTERS_MAX) return key;
  const message = `must be one key of 1 to ${IDEMPOTENCY_KEY_CHARACTERS_MAX} printable ASCII characters, such as a UUID, in quotes or without`;
  throw badRequest([{ path: IDEMPOTENCY_KEY, message }]);
}
