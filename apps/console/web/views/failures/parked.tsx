import type { ParkedAnswer, ParkedList } from '../../../src/api.ts';
import { ErrorText } from '../../components/error-text.tsx';
import { ResourceView } from '../../components/resource-view.tsx';
import { Table } from '../../components/table.tsx';
import type { Column } from '../../components/table.tsx';
import { Ago } from '../../components/time.tsx';
import { count } from '../../format/format.ts';
import { query } from '../../router.ts';
import { useResource } from '../../state/use-resource.ts';
import { now } from '../../state/clock.ts';
import { t } from '../../words/words.ts';
import { MatchingRows } from './row-filters.tsx';
import { RowsOfServices } from './rows-of-services.tsx';
import type { OfService } from './rows-of-services.tsx';

type Row = OfService<ParkedAnswer['rows'][number]>;

const REFRESH_MS = 2_000;

/** Keys whose records wait for their next attempt, or behind a dead letter. */
export function Parked() {
  const service = query.value.get('service');
  const parked = useResource<ParkedList>(
    service ? `/api/failures/parked?service=${encodeURIComponent(service)}` : '/api/failures/parked',
    REFRESH_MS,
  );
  return <ResourceView resource={parked}>{({ services }) => <Rows services={services} />}</ResourceView>;
}

function Rows({ services }: Pick<ParkedList, 'services'>) {
  return (
    <RowsOfServices<ParkedAnswer['rows'][number]>
      answers={services.map(({ service, parked }) => ({ service, answer: parked }))}
      compare={(one, other) => (one.parkedAt < other.parkedAt ? -1 : 1)}
      empty={t('failure.no-parked')}
    >
      {(rows) => (
        <MatchingRows<Row> tab="parked" rows={rows} timeOf={({ parkedAt }) => parkedAt}>
          {(shown) => (
            <Table<Row>
              label={t('failure.tab-parked')}
              rows={shown}
              isStale={({ isStale }) => isStale}
              rowKey={({ service, group, topic, partition, lane }) =>
                [service, group, topic, partition, lane].join(' ')
              }
              columns={columns()}
              isCards
            />
          )}
        </MatchingRows>
      )}
    </RowsOfServices>
  );
}

function columns(): ReadonlyArray<Column<Row>> {
  return [
    { id: 'event', head: t('failure.event'), cell: ({ event }) => event ?? '–', width: '136px' },
    { id: 'record', head: t('failure.record'), cell: placeOf, class: 'mono cut wide-only', width: '120px' },
    { id: 'group', head: t('failure.group'), cell: ({ group }) => group, class: 'cut wide-only', width: '120px' },
    {
      id: 'error',
      head: t('failure.error'),
      cell: ({ error }) => (error === null ? '–' : <ErrorText text={error} />),
      class: 'cut',
    },
    {
      id: 'attempts',
      head: t('failure.attempts'),
      cell: ({ attempts }) => attempts,
      isRight: true,
      class: 'wide-only',
      width: '76px',
    },
    {
      id: 'records',
      head: t('failure.records'),
      cell: ({ records }) => count(records),
      isRight: true,
      class: 'wide-only',
      width: '76px',
    },
    { id: 'due', head: t('failure.due'), cell: (row) => <Due row={row} />, width: '112px', class: 'amber' },
    {
      id: 'journey',
      head: <span class="visually-hidden">{t('topic.journey')}</span>,
      cell: ({ eventId }) =>
        eventId === null ? null : (
          <a class="link" href={`/journeys/${encodeURIComponent(eventId)}`}>
            {t('topic.journey')}
          </a>
        ),
      isRight: true,
      width: '84px',
    },
  ];
}

function Due({ row: { dueAt, heldBy, service } }: { readonly row: Row }) {
  if (heldBy !== null) {
    return (
      <a class="link" href={`/failures/dead/${encodeURIComponent(service)}/${heldBy}`}>
        {t('failure.held')}
      </a>
    );
  }
  if (dueAt === null) return <>–</>;
  // Less than a second is no time to say.
  return Date.parse(dueAt) - now.value < 1_000 ? <>{t('journey.due-now')}</> : <Ago at={dueAt} />;
}

function placeOf({ topic, partition, offset }: Row): string {
  return `${topic}/${partition}@${count(offset)}`;
}
