import { TABLE_ROWS_MAX } from '../limits.ts';
import { answers, TableHead, TableRow } from './table-parts.tsx';
import type { TableProps } from './table-parts.tsx';
import { VirtualTable } from './virtual-table.tsx';

export type { Column } from './table-parts.tsx';

/** Above TABLE_ROWS_MAX rows only those in sight are in the document. Its rows answer to j, k, Enter and Space. */
export function Table<Row>(props: TableProps<Row>) {
  if (props.rows.length > TABLE_ROWS_MAX) return <VirtualTable {...props} />;
  return (
    <div class="scroll">
      <table role="table" class={props.isCards === true ? 'as-cards' : undefined} aria-label={props.label}>
        <TableHead {...props} />
        <tbody role="rowgroup" {...answers(props)}>
          {props.rows.map((row, index) => (
            <TableRow key={props.rowKey(row)} row={row} index={index} {...props} />
          ))}
        </tbody>
      </table>
    </div>
  );
}
