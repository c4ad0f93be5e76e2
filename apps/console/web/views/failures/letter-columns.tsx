import type { DeadLetterRow } from '../../../src/api.ts';
import { selectColumn } from '../../acts/select-column.tsx';
import type { RowSelection } from '../../acts/use-selection.ts';
import { Chip } from '../../components/chip.tsx';
import type { Tone } from '../../components/chip.tsx';
import { ErrorText } from '../../components/error-text.tsx';
import type { Column } from '../../components/table.tsx';
import { Age } from '../../components/time.tsx';
import { count } from '../../format/format.ts';
import { eventName } from '../../words/said.ts';
import { t } from '../../words/words.ts';

/** Whose fault it is: the bytes, the code, or the recipient. */
const TONES: Readonly<Record<string, Tone>> = {
  permanent: 'red',
  exhausted: 'amber',
  expired: 'amber',
  poison: 'amber',
};

export function Reason({ reason }: { readonly reason: string }) {
  return <Chip tone={TONES[reason] ?? 'violet'}>{reason}</Chip>;
}

/** `selection` is null where nothing can be selected. */
export function letterColumns(selection: RowSelection<DeadLetterRow> | null): ReadonlyArray<Column<DeadLetterRow>> {
  return [
    ...(selection === null ? [] : [selectColumn(selection, placeOf)]),
    { id: 'reason', head: t('failure.reason'), cell: ({ reason }) => <Reason reason={reason} />, width: '112px' },
    {
      id: 'event',
      head: t('failure.event'),
      cell: ({ event }) => eventName(event),
      class: 'cut beside',
      width: '136px',
    },
    { id: 'record', head: t('failure.record'), cell: placeOf, class: 'mono cut wide-only', width: '120px' },
    { id: 'group', head: t('failure.group'), cell: ({ group }) => group, class: 'cut wide-only', width: '108px' },
    { id: 'error', head: t('failure.error'), cell: ({ error }) => <ErrorText text={error} />, class: 'cut' },
    ...(selection === null
      ? [{ id: 'state', head: t('journey.state'), cell: ({ state }: DeadLetterRow) => stateName(state), width: '80px' }]
      : []),
    {
      id: 'attempts',
      head: t('failure.attempts'),
      cell: ({ attempts }) => attempts,
      isRight: true,
      class: 'wide-only',
      width: '72px',
    },
    {
      id: 'redrives',
      head: t('failure.redrives'),
      cell: ({ redrives }) => redrives,
      isRight: true,
      class: 'ink2 wide-only',
      width: '72px',
    },
    // Nothing waits behind one that is resolved.
    ...(selection === null
      ? []
      : [
          {
            id: 'waiting',
            head: t('failure.behind'),
            cell: ({ waiting }: DeadLetterRow) => (
              <span class={waiting > 0 ? 'amber strong' : 'ink3'}>{count(waiting)}</span>
            ),
            isRight: true,
            class: 'wide-only',
            width: '72px',
          },
        ]),
    {
      id: 'age',
      head: t('outbox.age'),
      cell: ({ createdAt }) => <Age at={createdAt} />,
      isRight: true,
      class: 'ink2',
      width: '72px',
    },
  ];
}

function stateName(state: DeadLetterRow['state']): string {
  return state === 'open' ? state : t(state === 'redriven' ? 'failure.did-redrive' : 'failure.did-drop');
}

function placeOf({ topic, partition, offset }: DeadLetterRow): string {
  return `${topic}/${partition}@${count(offset)}`;
}
