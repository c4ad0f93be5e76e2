import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { TABLE_CARD_PX, TABLE_OVERSCAN_ROWS, TABLE_ROW_PX, TABLE_STEP_ROWS } from '../limits.ts';
import { answers, isWideOnly, TableHead, TableRow } from './table-parts.tsx';
import type { Column, TableProps } from './table-parts.tsx';

/**
 * A table whose rows are in the document only while they are in sight. All are of one height, and each is laid out and painted
 * apart from the others (`contain`), so that a frame of a scroll costs what its few new rows cost.
 */
export function VirtualTable<Row>(props: TableProps<Row>) {
  const { rows, columns } = props;
  const isPhone = useIsPhone();
  const rowPx = isPhone && props.isCards === true ? TABLE_CARD_PX : TABLE_ROW_PX;
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const follow = useCallback(() => {
    const rowTop = Math.floor((box.current?.scrollTop ?? 0) / rowPx);
    setTop(rowTop - (rowTop % TABLE_STEP_ROWS));
  }, [rowPx]);
  const inSight = Math.ceil((box.current?.clientHeight ?? innerHeight) / rowPx);
  const first = Math.max(0, Math.min(top, rows.length - inSight) - TABLE_OVERSCAN_ROWS);
  const end = Math.min(rows.length, top + inSight + TABLE_STEP_ROWS + TABLE_OVERSCAN_ROWS);
  return (
    <div class="virtual" ref={box} onScroll={follow}>
      <table
        role="table"
        class={props.isCards === true ? 'as-cards' : undefined}
        aria-label={props.label}
        aria-rowcount={rows.length + 1}
        style={{ '--columns': tracks(columns), '--columns-narrow': tracks(columns.filter(isShownNarrow)) }}
      >
        <TableHead {...props} />
        <tbody
          role="rowgroup"
          style={{ height: `${rows.length * rowPx}px`, paddingTop: `${first * rowPx}px` }}
          {...answers(props)}
        >
          {rows.slice(first, end).map((row, at) => (
            <TableRow key={props.rowKey(row)} {...props} row={row} index={first + at} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** As in table.css. */
const PHONE = '(max-width: 720px)';

function useIsPhone(): boolean {
  const [isPhone, setIsPhone] = useState(() => matchMedia(PHONE).matches);
  useEffect(() => {
    const query = matchMedia(PHONE);
    const follow = () => setIsPhone(query.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, []);
  return isPhone;
}

function isShownNarrow<Row>(column: Column<Row>): boolean {
  return !isWideOnly(column.class);
}

function tracks<Row>(columns: ReadonlyArray<Column<Row>>): string {
  return columns.map(({ width }) => width ?? 'minmax(0, 1fr)').join(' ');
}
