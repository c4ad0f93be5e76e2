import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Accepted } from './mail-sink.ts';

export interface SignUps {
  /** When each address was sent off with a request that was answered 201. */
  readonly accepted: ReadonlyMap<string, number>;
  readonly refused: number;
}

/** Signs people up at a steady rate, whether or not the answers keep up. */
export async function signUpAtRate(url: () => string, perSecond: number, seconds: number): Promise<SignUps> {
  const accepted = new Map<string, number>();
  let refused = 0;
  const run = randomUUID().slice(0, 8);
  const signUp = async (n: number): Promise<void> => {
    const email = `member-${run}-${n}@example.com`;
    const at = performance.timeOrigin + performance.now();
    try {
      const response = await fetch(`${url()}/members`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, name: '김지민', locale: 'ko' }),
        signal: AbortSignal.timeout(10_000),
      });
      await response.arrayBuffer();
      if (response.status === 201) accepted.set(email, at);
      else refused += 1;
    } catch {
      refused += 1;
    }
  };
  const requests: Array<Promise<void>> = [];
  const startedAt = performance.now();
  for (let n = 0; n < perSecond * seconds; n++) {
    await delay(Math.max(0, startedAt + (n * 1_000) / perSecond - performance.now()));
    requests.push(signUp(n));
  }
  await Promise.all(requests);
  return { accepted, refused };
}

/** From request to mail, in milliseconds; a mail that did not come took for ever. */
export function latenciesOf({ accepted }: SignUps, mails: readonly Accepted[]): number[] {
  const mailedAt = new Map(mails.map(({ to, at }) => [to, at]));
  return [...accepted].map(([to, at]) => (mailedAt.get(to) ?? Number.POSITIVE_INFINITY) - at);
}
