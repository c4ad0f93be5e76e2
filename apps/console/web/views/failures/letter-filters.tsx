import { useMemo } from 'preact/hooks';
import type { DeadLetterRow } from '../../../src/api.ts';
import { Filters } from '../../components/filters.tsx';
import { t } from '../../words/words.ts';
import { AGES } from './letter-filter.ts';

/** Each offers what there is. */
export function LetterFilters({ rows }: { readonly rows: readonly DeadLetterRow[] }) {
  const options = useMemo(
    () => ({
      service: distinct(rows.map(({ service }) => service)),
      event: distinct(rows.flatMap(({ event }) => event ?? [])),
      reason: distinct(rows.map(({ reason }) => reason)),
    }),
    [rows],
  );
  return (
    <Filters
      filters={[
        { name: 'service', label: t('outbox.service'), options: options.service },
        { name: 'event', label: t('failure.event'), options: options.event },
        { name: 'reason', label: t('failure.reason'), options: options.reason },
        {
          name: 'age',
          label: t('failure.when'),
          options: Object.keys(AGES).map((value) => ({
            value,
            label: t(`failure.last-${value as keyof typeof AGES}`),
          })),
        },
      ]}
      text={{ name: 'error', label: t('failure.search-error') }}
    />
  );
}

function distinct(values: readonly string[]): ReadonlyArray<{ value: string; label: string }> {
  return [...new Set(values)].sort().map((value) => ({ value, label: value }));
}
