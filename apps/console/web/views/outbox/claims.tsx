import type { OutboxAndInbox } from '../../../src/api.ts';
import { Table } from '../../components/table.tsx';
import { Age } from '../../components/time.tsx';
import { count } from '../../format/format.ts';
import { t } from '../../words/words.ts';
import { InboxCard } from './inbox-card.tsx';

/** Claims of the inbox whose effect outside of the database may have happened. */
export function Claims({ services }: { readonly services: OutboxAndInbox['services'] }) {
  const rows = services.flatMap(({ service, inbox }) => inbox.value?.rows.map((row) => ({ ...row, service })) ?? []);
  const isClaimed = services.some(({ inbox }) =>
    inbox.value?.counts.some(({ state, rows: claims }) => state === 'claimed' && claims > 0),
  );
  return (
    <InboxCard
      services={services}
      title={t('outbox.claims')}
      hint={t('outbox.claims-hint')}
      empty={t(isClaimed ? 'outbox.claims-in-hand' : 'outbox.no-claims')}
    >
      {rows.length === 0 ? null : (
        <Table
          label={t('outbox.claims')}
          rows={rows}
          rowKey={({ group, handler, eventId }) => `${group} ${handler} ${eventId}`}
          href={({ eventId }) => `/journeys/${encodeURIComponent(eventId)}`}
          columns={[
            { id: 'age', head: t('outbox.age'), cell: ({ createdAt }) => <Age at={createdAt} />, class: 'ink3' },
            { id: 'handler', head: t('outbox.handler'), cell: ({ handler }) => handler },
            {
              id: 'record',
              head: t('failure.record'),
              cell: ({ topic, partition, offset }) => `${topic}/${partition}@${count(offset)}`,
              class: 'mono ink2',
            },
            { id: 'attempts', head: t('failure.attempts'), cell: ({ attempts }) => attempts, isRight: true },
          ]}
        />
      )}
    </InboxCard>
  );
}
