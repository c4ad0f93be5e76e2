import type { LiveMap } from '../../../src/api.ts';
import { Note } from '../../components/card.tsx';
import { Icon } from '../../components/icon.tsx';
import { RelayNote } from '../../components/relay-note.tsx';
import { age, clock } from '../../format/format.ts';
import { now } from '../../state/clock.ts';
import { t } from '../../words/words.ts';

type Part = LiveMap['parts'][number];

/** A sentence for each thing that is wrong with the services; one for those that have the same trouble. */
export function PartNotes({ map }: { readonly map: LiveMap }) {
  const shown = new Set(map.publishers.map(({ service }) => service));
  const services = map.parts.filter(({ name }) => shown.has(name));
  const withRelay = services.flatMap(({ name, relay }) => (relay === null ? [] : [{ ...relay, name }]));
  const others = services.filter(({ state, relay }) => state !== 'ready' && relay === null);
  if (withRelay.length + others.length === 0) return null;
  return (
    <div class="body stack">
      {[...Map.groupBy(withRelay, ({ state }) => state)].map(([state, parts]) => (
        <RelayNote key={state} of={namesOf(parts)} trouble={firstOf(parts)} />
      ))}
      {[...Map.groupBy(others, ({ state, detail }) => `${state} ${detail}`)].map(([trouble, parts]) => (
        <PartNote key={trouble} names={namesOf(parts)} part={firstOf(parts)} />
      ))}
    </div>
  );
}

function PartNote({ names, part: { state, detail, since } }: { readonly names: string; readonly part: Part }) {
  const values = since === null ? null : { time: clock(since), age: age((now.value - Date.parse(since)) / 1_000) };
  return (
    <Note tone="red" icon={<Icon name="warning" />}>
      <b>{names}: </b>
      {values !== null && t(state === 'unavailable' ? 'map.part-unavailable' : 'map.part-not-ready', values)}
      {detail !== null && <span class="ink2"> ({detail})</span>} {t('map.part-next')}
    </Note>
  );
}

function namesOf(parts: ReadonlyArray<Pick<Part, 'name'>>): string {
  return parts.map(({ name }) => name).join(', ');
}

/** The one with which it began. */
function firstOf<Trouble extends { readonly since: string | null }>(parts: readonly Trouble[]): Trouble {
  return parts.reduce((one, other) => ((one.since ?? '') <= (other.since ?? '') ? one : other));
}
