import type { LiveMap } from '../../../src/api.ts';

/** A service that has no other trouble: its consumer is out of its group for the same reason, and requests are answered. */
export function missesBrokerAlone({ state, relay, failed }: LiveMap['parts'][number]): boolean {
  if (relay === null || relay.state === 'rejected' || state === 'unavailable') return false;
  return failed.every(({ check }) => check === 'consumer');
}
