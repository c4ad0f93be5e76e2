import type { LiveMap } from '../../../src/api.ts';
import { Note } from '../../components/card.tsx';
import { Icon } from '../../components/icon.tsx';
import { RelayNote } from '../../components/relay-note.tsx';
import { age, clock } from '../../format/format.ts';
import { now } from '../../state/clock.ts';
import { sourceName, whyOf } from '../../words/said.ts';
import { t } from '../../words/words.ts';
import { missesBrokerAlone } from './misses-broker.ts';

type Part = LiveMap['parts'][number];

/** A sentence for each thing that is wrong with the services; one for those that have the same trouble. */
export function PartNotes({ map }: { readonly map: LiveMap }) {
  const shown = new Set(map.publishers.map(({ service }) => service));
  const services = map.parts.filter(({ name }) => shown.has(name));
  const withRelay = services.flatMap(({ name, relay }) => (relay === null ? [] : [{ ...relay, name }]));
  // Where the services miss the broker as well, they say more about it.
  const seen = withRelay.length > 0 ? services : map.parts.filter(({ name }) => shown.has(name) || name === 'broker');
  const others = seen.filter((part) => part.state !== 'ready' && !missesBrokerAlone(part) && !isRejected(part));
  if (withRelay.length + others.length === 0) return null;
  return (
    <div class="body stack">
      {[...Map.groupBy(withRelay, ({ state }) => state)].map(([state, parts]) => (
        <RelayNote key={state} of={namesOf(parts)} trouble={firstOf(parts)} />
      ))}
      {[...Map.groupBy(others, (part) => `${part.state} ${whyOf(part)}`)].map(([trouble, parts]) => (
        <PartNote key={trouble} names={namesOf(parts)} part={firstOf(parts)} />
      ))}
    </div>
  );
}

/** The note of the relay says why. */
function isRejected({ relay, failed }: Part): boolean {
  return relay?.state === 'rejected' && failed.every(({ check }) => check === 'broker' || check === 'consumer');
}

function PartNote({ names, part }: { readonly names: string; readonly part: Part }) {
  const { state, since } = part;
  const why = whyOf(part);
  const values = since === null ? null : { time: clock(since), age: age((now.value - Date.parse(since)) / 1_000) };
  return (
    <Note tone="red" icon={<Icon name="warning" />}>
      <b>{names}: </b>
      {values !== null && t(state === 'unavailable' ? 'map.part-unavailable' : 'map.part-not-ready', values)}
      {why !== null && <span class="ink2"> ({why})</span>} {t('map.part-next')}
    </Note>
  );
}

function namesOf(parts: ReadonlyArray<Pick<Part, 'name'>>): string {
  return parts.map(({ name }) => sourceName(name)).join(', ');
}

/** The one with which it began. */
function firstOf<Trouble extends { readonly since: string | null }>(parts: readonly Trouble[]): Trouble {
  return parts.reduce((one, other) => ((one.since ?? '') <= (other.since ?? '') ? one : other));
}
