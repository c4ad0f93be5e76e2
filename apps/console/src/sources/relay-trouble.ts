import type { OutboxAnswer, RelayTrouble } from '../api.ts';

/** Null: the relay has its connection, needs none, or nothing is known of it. */
export function relayTroubleOf(relay: OutboxAnswer['relay'] | undefined): RelayTrouble | null {
  if (relay == null || relay.state === 'connected' || relay.state === 'off' || relay.since === null) return null;
  return { state: relay.state, since: relay.since };
}
