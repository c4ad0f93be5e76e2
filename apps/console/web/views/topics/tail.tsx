import type { RecordSummary } from '../../../src/api.ts';
import { Card } from '../../components/card.tsx';
import { ClearFilters, TextFilterBox } from '../../components/filters.tsx';
import { Icon } from '../../components/icon.tsx';
import { Empty } from '../../components/resource-view.tsx';
import { Table } from '../../components/table.tsx';
import type { Column } from '../../components/table.tsx';
import { Clock } from '../../components/time.tsx';
import { count } from '../../format/format.ts';
import { query } from '../../router.ts';
import { isPaused, switchPause } from '../../state/stream.ts';
import { problemText } from '../../words/said.ts';
import { t } from '../../words/words.ts';
import { useTail } from './use-tail.ts';

/** Newest on top. `current`: the record that is shown beside it, as `partition@offset`. */
export function Tail({ topic, current }: { readonly topic: string; readonly current: string | null }) {
  const filter = query.value.get('filter') ?? '';
  const { records, held, problem, isRead } = useTail(topic, filter);
  const search = filter === '' ? '' : `?filter=${encodeURIComponent(filter)}`;
  return (
    <Card
      title={t('topic.tail')}
      aside={
        <>
          <TextFilterBox name="filter" label={t('topic.filter')} placeholder="value.locale=ko" />
          <button type="button" class="button small" aria-pressed={isPaused.value} onClick={switchPause}>
            <Icon name={isPaused.value ? 'play' : 'pause'} />
            {isPaused.value ? t('topic.resume', { n: held.length }) : t('topic.pause')}
          </button>
        </>
      }
    >
      {problem !== null && (
        <div class="empty" role="alert">
          {problemText(problem)}
        </div>
      )}
      {isRead && problem === null && records.length === 0 && (
        <Empty text={filter === '' ? t('topic.no-records') : t('topic.no-match')}>
          {filter !== '' && <ClearFilters />}
        </Empty>
      )}
      {records.length > 0 && (
        <Table
          label={t('topic.tail')}
          columns={columns()}
          rows={records}
          rowKey={placeOf}
          href={(row) => `/topics/${encodeURIComponent(topic)}/${row.partition}/${row.offset}${search}`}
          currentKey={current}
        />
      )}
      <p class="foot hint">{t('topic.tail-foot')}</p>
    </Card>
  );
}

function placeOf({ partition, offset }: RecordSummary): string {
  return `${partition}@${offset}`;
}

function columns(): ReadonlyArray<Column<RecordSummary>> {
  return [
    { id: 'at', head: t('topic.time'), cell: ({ at }) => <Clock at={at} withMs />, class: 'ink3', width: '100px' },
    {
      id: 'place',
      head: t('topic.place'),
      cell: ({ partition, offset }) => `/${partition}@${count(offset)}`,
      class: 'mono',
      width: '80px',
    },
    {
      id: 'key',
      head: t('topic.key'),
      cell: ({ key }) => key ?? '–',
      class: 'mono ink3 cut wide-only',
      width: '17%',
    },
    { id: 'value', head: t('topic.value'), cell: ({ value }) => value, class: 'mono ink2 cut' },
  ];
}
