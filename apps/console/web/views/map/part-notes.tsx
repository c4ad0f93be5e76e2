import type { LiveMap } from '../../../src/api.ts';
import { Note } from '../../components/card.tsx';
import { Icon } from '../../components/icon.tsx';
import { RelayNote } from '../../components/relay-note.tsx';
import { age, clock } from '../../format/format.ts';
import { now } from '../../state/clock.ts';
import { t } from '../../words/words.ts';

type Part = LiveMap['parts'][number];

/** A sentence for each thing that is wrong with the services; one for those whose relays have the same trouble. */
export function PartNotes({ map }: { readonly map: LiveMap }) {
  const shown = new Set(map.publishers.map(({ service }) => service));
  const services = map.parts.filter(({ name }) => shown.has(name));
  const withTrouble = services.flatMap(({ name, relay }) => (relay === null ? [] : [{ name, relay }]));
  const byState = [...Map.groupBy(withTrouble, ({ relay }) => relay.state).values()];
  const others = services.filter(({ state, relay }) => state !== 'ready' && relay === null);
  if (byState.length + others.length === 0) return null;
  return (
    <div class="body stack">
      {byState.map((parts) => (
        <RelayNote
          key={parts[0]!.relay.state}
          of={parts.map(({ name }) => name).join(', ')}
          trouble={parts.map(({ relay }) => relay).reduce((one, other) => (one.since <= other.since ? one : other))}
        />
      ))}
      {others.map((part) => (
        <PartNote key={part.name} part={part} />
      ))}
    </div>
  );
}

function PartNote({ part: { name, state, detail, since } }: { readonly part: Part }) {
  const values = since === null ? null : { time: clock(since), age: age((now.value - Date.parse(since)) / 1_000) };
  return (
    <Note tone="red" icon={<Icon name="warning" />}>
      <b>{name}: </b>
      {values !== null && t(state === 'unavailable' ? 'map.part-unavailable' : 'map.part-not-ready', values)}
      {detail !== null && <span class="ink2"> ({detail})</span>} {t('map.part-next', { name })}
    </Note>
  );
}
