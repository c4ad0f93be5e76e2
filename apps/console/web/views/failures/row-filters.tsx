import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { ClearFilters, Filters } from '../../components/filters.tsx';
import type { Filter } from '../../components/filters.tsx';
import { Empty } from '../../components/resource-view.tsx';
import { dayAndTime } from '../../format/format.ts';
import { query } from '../../router.ts';
import { t } from '../../words/words.ts';
import { AGES, conditionsOf, CONDITIONS_OF, matching, spanOf, wrongCondition } from './letter-filter.ts';
import type { Condition, Conditions, Matched } from './letter-filter.ts';

interface Props {
  readonly tab: keyof typeof CONDITIONS_OF;
  readonly rows: readonly Matched[];
  readonly children?: ComponentChildren;
}

/** Each offers what there is; `children` stand behind them. */
export function RowFilters({ tab, rows, children }: Props) {
  const options = useMemo(
    () => ({
      service: distinct(rows.map(({ service }) => service)),
      group: distinct(rows.map(({ group }) => group)),
      event: distinct(rows.map(({ event }) => event)),
      reason: distinct(rows.map(({ reason }) => reason)),
    }),
    [rows],
  );
  const known: readonly Condition[] = CONDITIONS_OF[tab];
  const isOffered = (name: Condition): boolean => known.includes(name);
  const filters: readonly Filter[] = [
    { name: 'service', label: t('outbox.service'), options: options.service },
    // Nearly always there is one group a service.
    ...(options.group.length > options.service.length || query.value.has('group')
      ? [{ name: 'group', label: t('failure.group'), options: options.group }]
      : []),
    { name: 'event', label: t('failure.event'), options: options.event },
    { name: 'reason', label: t('failure.reason'), options: options.reason },
  ].filter(({ name }) => isOffered(name as Condition));
  return (
    <Filters
      filters={[...filters, timeFilter(conditionsOf(query.value))]}
      {...(isOffered('error') && { text: { name: 'error', label: t('failure.search-error') } })}
    >
      {children}
    </Filters>
  );
}

const GIVEN = 'given';

/** What is chosen becomes `from` and `to`. */
function timeFilter({ from, to }: Conditions): Filter {
  const given = from === '' && to === '' ? [] : [{ value: GIVEN, label: spanText(from, to) }];
  const ages = (Object.keys(AGES) as Array<keyof typeof AGES>).map((value) => ({
    value,
    label: t(`failure.last-${value}`),
  }));
  return {
    name: 'time',
    label: t('failure.when'),
    options: [...given, ...ages],
    value: given.length === 0 ? '' : GIVEN,
    changesOf(value) {
      const age = ages.find((one) => one.value === value)?.value;
      if (value === GIVEN) return { from, to };
      return age === undefined ? { from: null, to: null } : spanOf(age, Date.now());
    },
  };
}

function spanText(from: string, to: string): string {
  const [start, end] = [from, to].map((moment) => (moment === '' ? '' : dayAndTime(moment))) as [string, string];
  if (end === '') return t('failure.from', { at: start });
  if (start === '') return t('failure.before', { at: end });
  const isOneDay = start.slice(0, 10) === end.slice(0, 10);
  return `${start} – ${isOneDay ? end.slice(11) : end}`;
}

function distinct(values: ReadonlyArray<string | null | undefined>): ReadonlyArray<{ value: string; label: string }> {
  return [...new Set(values.filter((value) => value != null))].sort().map((value) => ({ value, label: value }));
}

/** Instead of rows that an address does not mean: what is wrong in it, and how it is written. Null where nothing is. */
export function wrongAddress(tab: keyof typeof CONDITIONS_OF) {
  const wrong = wrongCondition(query.value, CONDITIONS_OF[tab]);
  if (wrong === null) return null;
  const { name, value, kind } = wrong;
  return (
    <Empty text={t(`failure.filter-${kind}`, { name, value, known: CONDITIONS_OF[tab].join(', ') })}>
      <ClearFilters />
    </Empty>
  );
}

/** The rows that match the address, under their filters. */
export function MatchingRows<Row extends Matched>(props: {
  readonly tab: keyof typeof CONDITIONS_OF;
  readonly rows: readonly Row[];
  readonly timeOf: (row: Row) => string;
  readonly children: (rows: readonly Row[]) => ComponentChildren;
}) {
  const shown = matching(props.rows, conditionsOf(query.value), props.timeOf);
  return (
    <>
      <RowFilters tab={props.tab} rows={props.rows} />
      {shown.length > 0 ? (
        props.children(shown)
      ) : (
        <Empty text={t('failure.no-row-match')}>
          <ClearFilters />
        </Empty>
      )}
    </>
  );
}
