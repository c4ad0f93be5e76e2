import type { Column } from '../components/table.tsx';
import { t } from '../words/words.ts';
import { keyOf } from './selection.ts';
import type { Named } from './selection.ts';
import type { RowSelection } from './use-selection.ts';

/** A checkbox in each row, and one for all. `nameOf`: what a reader hears of the row. */
export function selectColumn<Row extends Named>(
  selection: RowSelection<Row>,
  nameOf: (row: Row) => string,
): Column<Row> {
  return {
    id: 'select',
    width: '36px',
    head: (
      <input
        type="checkbox"
        class="checkbox"
        aria-label={t('act.select-all')}
        checked={selection.isAll}
        onChange={selection.selectAll}
      />
    ),
    cell: (row) => (
      <input
        type="checkbox"
        class="checkbox"
        tabIndex={-1}
        aria-label={t('act.select', { record: nameOf(row) })}
        checked={selection.keys.has(keyOf(row))}
        onClick={(event) => selection.select(row, event.shiftKey)}
      />
    ),
  };
}
