import { selectColumn } from '../../acts/select-column.tsx';
import type { RowSelection } from '../../acts/use-selection.ts';
import { ErrorText } from '../../components/error-text.tsx';
import type { Column } from '../../components/table.tsx';
import { Age } from '../../components/time.tsx';
import { count } from '../../format/format.ts';
import { t } from '../../words/words.ts';
import type { RejectedRow } from './rejected-rows.ts';

export function rejectedColumns(selection: RowSelection<RejectedRow>): ReadonlyArray<Column<RejectedRow>> {
  return [
    selectColumn(selection, ({ service, seq }) => `${service} ${seq}`),
    { id: 'seq', head: 'seq', cell: ({ seq }) => count(seq), isRight: true, class: 'wide-only', width: '84px' },
    {
      id: 'service',
      head: t('outbox.service'),
      cell: ({ service }) => service,
      class: 'cut wide-only',
      width: '124px',
    },
    { id: 'event', head: t('outbox.event'), cell: ({ event }) => event, width: '140px' },
    { id: 'topic', head: t('group.topic'), cell: ({ topic }) => topic, class: 'cut wide-only', width: '160px' },
    {
      id: 'key',
      head: t('topic.key'),
      cell: ({ key }) => key,
      class: 'mono cut wide-only',
      width: '150px',
    },
    {
      id: 'error',
      head: t('failure.error'),
      cell: ({ error }) => <ErrorText text={error} />,
      class: 'cut red',
    },
    {
      id: 'age',
      head: t('outbox.age'),
      cell: ({ createdAt }) => <Age at={createdAt} />,
      isRight: true,
      class: 'ink2',
      width: '76px',
    },
  ];
}
