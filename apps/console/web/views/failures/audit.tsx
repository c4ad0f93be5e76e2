import type { AuditAnswer, AuditList } from '../../../src/api.ts';
import { ResourceView } from '../../components/resource-view.tsx';
import { Table } from '../../components/table.tsx';
import { Ago } from '../../components/time.tsx';
import { query } from '../../router.ts';
import { useResource } from '../../state/use-resource.ts';
import { t } from '../../words/words.ts';
import { actName } from './letter-acts.tsx';
import { MatchingRows } from './row-filters.tsx';
import { RowsOfServices } from './rows-of-services.tsx';
import type { OfService } from './rows-of-services.tsx';

type Row = OfService<AuditAnswer['rows'][number]>;

const REFRESH_MS = 5_000;

export function Audit() {
  const service = query.value.get('service');
  const audit = useResource<AuditList>(
    service ? `/api/failures/audit?service=${encodeURIComponent(service)}` : '/api/failures/audit',
    REFRESH_MS,
  );
  return <ResourceView resource={audit}>{({ services }) => <Rows services={services} />}</ResourceView>;
}

function Rows({ services }: AuditList) {
  return (
    <RowsOfServices<AuditAnswer['rows'][number]>
      answers={services.map(({ service, audit }) => ({ service, answer: audit }))}
      compare={(one, other) => (one.at < other.at ? 1 : -1)}
      empty={t('failure.no-acts')}
    >
      {(rows) => (
        <MatchingRows<Row> tab="audit" rows={rows} timeOf={({ at }) => at}>
          {(shown) => (
            <Table<Row>
              label={t('failure.tab-audit')}
              rows={shown}
              isStale={({ isStale }) => isStale}
              rowKey={({ service, about, id }) => `${service} ${about} ${id}`}
              isCards
              columns={[
                { id: 'at', head: t('topic.time'), cell: ({ at }) => <Ago at={at} />, class: 'ink2', width: '112px' },
                { id: 'by', head: t('failure.by-short'), cell: ({ by }) => <b>{by}</b>, width: '160px' },
                {
                  id: 'act',
                  head: t('failure.act'),
                  cell: ({ action, isEdited }) => `${actName(action)}${isEdited ? ` · ${t('failure.edited')}` : ''}`,
                  width: '140px',
                },
                {
                  id: 'service',
                  head: t('outbox.service'),
                  cell: ({ service }) => service,
                  class: 'ink2 wide-only',
                  width: '160px',
                },
                { id: 'about', head: t('failure.about'), cell: (row) => <About row={row} />, class: 'mono cut' },
              ]}
            />
          )}
        </MatchingRows>
      )}
    </RowsOfServices>
  );
}

function About({ row: { about, deadLetterId, eventId, id, service } }: { readonly row: Row }) {
  if (about === 'dead-letter' && deadLetterId !== null) {
    return (
      <a class="link" href={`/failures/dead/${encodeURIComponent(service)}/${deadLetterId}`}>
        {deadLetterId}
      </a>
    );
  }
  if (eventId === null) return <>{id}</>;
  return (
    <a class="link" href={`/journeys/${encodeURIComponent(eventId)}`}>
      {eventId}
    </a>
  );
}
