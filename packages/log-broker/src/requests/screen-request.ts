import type { Broker } from '../broker.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { Fetch } from '../wire/generated/fetch.ts';
import { accessRule } from './access-rules.ts';
import type { AccessRule } from './access-rules.ts';
import type { Access, Client } from './define-request.ts';
import { refuseRequest } from './refuse-request.ts';

type Fields = Record<string, unknown>;

/** A request after its check. */
export interface Screened {
  /** Set when nothing of the request may be carried out. */
  readonly refusal?: number | undefined;
  /** What may be carried out. */
  readonly request: unknown;
  /** Adds what is answered to the refused parts. */
  readonly complete: (response: unknown) => unknown;
}

/** Checks what a client may do. Only called while there are access control entries. */
export function screenRequest(broker: Broker, client: Client, key: number, request: unknown, access: Access): Screened {
  const complete = (response: unknown) => response;
  const rule = accessRule(key);
  if (!rule) return { refusal: ErrorCode.CLUSTER_AUTHORIZATION_FAILED, request, complete };
  const refusal = rule.whole?.(request, access);
  if (refusal !== undefined) return { refusal, request, complete };
  return screenParts(broker, client, key, request as Fields, rule, access);
}

function screenParts(
  broker: Broker,
  client: Client,
  key: number,
  request: Fields,
  { parts = [] }: AccessRule,
  access: Access,
): Screened {
  const allowed: Fields = { ...request };
  const refusals: { readonly results: string; readonly answer: unknown[] }[] = [];
  for (const { list, results, verdict } of parts as unknown as readonly {
    list: string;
    results: string;
    verdict: (part: unknown, access: Access, request: Fields) => number | undefined;
  }[]) {
    const elements = request[list] as readonly unknown[] | null;
    if (elements === null) continue;
    const byVerdict = Map.groupBy(elements, (element) => verdict(element, access, request));
    if (byVerdict.size === 0 || (byVerdict.size === 1 && byVerdict.has(undefined))) continue;
    allowed[list] = byVerdict.get(undefined) ?? [];
    const emptied = Object.fromEntries(parts.map((each) => [each.list, []]));
    for (const [errorCode, refused] of byVerdict) {
      if (errorCode === undefined) continue;
      const answer = refuseRequest(
        broker,
        client,
        key,
        { ...request, ...emptied, [list]: refused },
        errorCode,
      ) as Fields;
      refusals.push({ results, answer: answer[results] as unknown[] });
    }
  }
  if (refusals.length === 0) return { request, complete: (response) => response };
  // A fetch that reports an error does not wait for records.
  if (key === Fetch.key) allowed.maxWaitMs = 0;
  const complete = (response: unknown): unknown => {
    const completed = { ...(response as Fields) };
    for (const { results, answer } of refusals) completed[results] = [...(completed[results] as unknown[]), ...answer];
    return completed;
  };
  return { request: allowed, complete };
}
