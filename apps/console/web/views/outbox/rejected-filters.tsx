import type { OutboxAndInbox } from '../../../src/api.ts';
import { Filters } from '../../components/filters.tsx';
import { t } from '../../words/words.ts';

/** Each offers what has rejected rows. */
export function RejectedFilters({ services }: { readonly services: OutboxAndInbox['services'] }) {
  const events = services.flatMap(({ service, outbox }) =>
    (outbox.value?.events ?? []).filter(({ rejected }) => rejected > 0).map((event) => ({ ...event, service })),
  );
  return (
    <Filters
      filters={[
        { name: 'service', label: t('outbox.service'), options: distinct(events.map(({ service }) => service)) },
        { name: 'event', label: t('outbox.event'), options: distinct(events.map(({ event }) => event)) },
        { name: 'topic', label: t('group.topic'), options: distinct(events.map(({ topic }) => topic)) },
      ]}
      text={{ name: 'key', label: t('topic.key') }}
    />
  );
}

function distinct(values: readonly string[]): ReadonlyArray<{ value: string; label: string }> {
  return [...new Set(values)].sort().map((value) => ({ value, label: value }));
}
