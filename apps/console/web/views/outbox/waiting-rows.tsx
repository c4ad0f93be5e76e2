import type { OutboxAndInbox } from '../../../src/api.ts';
import { Card } from '../../components/card.tsx';
import { Empty } from '../../components/resource-view.tsx';
import { Table } from '../../components/table.tsx';
import { Age } from '../../components/time.tsx';
import { count } from '../../format/format.ts';
import { t } from '../../words/words.ts';
import { reasonText } from './reason-text.ts';
import type { Reason } from './reason-text.ts';

export function WaitingRows({ services }: { readonly services: OutboxAndInbox['services'] }) {
  const rows = services
    .flatMap(({ service, outbox }) => outbox.value?.rows.map((row) => ({ ...row, service })) ?? [])
    .sort((one, other) => (one.createdAt < other.createdAt ? -1 : 1));
  const waiting = services.reduce((sum, { outbox }) => sum + (outbox.value?.waiting ?? 0), 0);
  const isKnown = services.every(({ outbox }) => outbox.problem === null);
  return (
    <Card class={isKnown ? '' : 'stale'} title={t('outbox.waiting-rows')} hint={t('outbox.oldest-first')}>
      {rows.length === 0 ? (
        <Empty text={t(isKnown ? 'outbox.nothing-waits' : 'list.not-known')} />
      ) : (
        <Table
          label={t('outbox.waiting-rows')}
          rows={rows}
          rowKey={({ service, seq }) => `${service} ${seq}`}
          href={({ eventId }) => `/journeys/${encodeURIComponent(eventId)}`}
          columns={[
            { id: 'seq', head: 'seq', cell: ({ seq }) => count(seq), isRight: true },
            { id: 'service', head: t('outbox.service'), cell: ({ service }) => service, class: 'wide-only' },
            { id: 'event', head: t('outbox.event'), cell: ({ event }) => event },
            { id: 'shard', head: t('outbox.shard'), cell: ({ shard }) => shard, isRight: true, class: 'wide-only' },
            { id: 'age', head: t('outbox.age'), cell: ({ createdAt }) => <Age at={createdAt} />, isRight: true },
            {
              id: 'why',
              head: t('outbox.why'),
              cell: ({ reason }) => reason && reasonText(reason),
              class: ({ reason }) => `wrap ${toneOf(reason)}`,
            },
          ]}
        />
      )}
      {rows.length > 0 && (
        <p class="foot hint">
          {waiting > rows.length ? t('outbox.more', { n: waiting - rows.length }) : t('outbox.why-foot')}
        </p>
      )}
    </Card>
  );
}

function toneOf(reason: Reason | null): string {
  return reason === null || reason.kind === 'next' ? 'ink2' : reason.kind === 'rejected' ? 'red' : 'amber';
}
