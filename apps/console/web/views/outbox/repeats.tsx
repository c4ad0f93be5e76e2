import type { InboxAnswer, OutboxAndInbox } from '../../../src/api.ts';
import { RecordLink } from '../../components/record-link.tsx';
import { Table } from '../../components/table.tsx';
import { Clock } from '../../components/time.tsx';
import { eventName } from '../../words/said.ts';
import { t } from '../../words/words.ts';
import { InboxCard } from './inbox-card.tsx';

type Row = InboxAnswer['repeats']['newest'][number] & { readonly service: string };

/** The newest records that were skipped, because their events had been handled. */
export function Repeats({ services }: { readonly services: OutboxAndInbox['services'] }) {
  const rows = services
    .flatMap(({ service, inbox }) => (inbox.value?.repeats.newest ?? []).map((row) => ({ ...row, service })))
    .sort((one, other) => (one.at < other.at ? 1 : -1));
  return (
    <InboxCard
      services={services}
      title={t('outbox.repeats-title')}
      hint={t('outbox.repeats-hint')}
      empty={t('outbox.no-repeats')}
    >
      {rows.length === 0 ? null : (
        <Table<Row>
          label={t('outbox.repeats-title')}
          rows={rows}
          rowKey={({ service, at, topic, partition, offset }) => [service, at, topic, partition, offset].join(' ')}
          href={({ eventId }) => (eventId === null ? '/journeys' : `/journeys/${encodeURIComponent(eventId)}`)}
          columns={[
            { id: 'at', head: t('topic.time'), cell: ({ at }) => <Clock at={at} />, class: 'ink3' },
            { id: 'group', head: t('failure.group'), cell: ({ service }) => service },
            { id: 'event', head: t('outbox.event'), cell: ({ event }) => eventName(event), class: 'wide-only' },
            {
              id: 'record',
              head: t('failure.record'),
              cell: ({ topic, partition, offset }) => <RecordLink record={`${topic}/${partition}@${offset}`} />,
              isRight: true,
            },
          ]}
        />
      )}
    </InboxCard>
  );
}
