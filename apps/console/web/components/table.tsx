import type { ComponentChildren } from 'preact';
import { useCallback, useRef, useState } from 'preact/hooks';
import { TABLE_OVERSCAN_ROWS, TABLE_ROW_PX, TABLE_ROWS_MAX } from '../limits.ts';
import { navigate } from '../router.ts';

export interface Column<Row> {
  readonly id: string;
  readonly head: ComponentChildren;
  readonly cell: (row: Row) => ComponentChildren;
  readonly isRight?: boolean;
  /** Of `td`, e.g. `cut`, `mono ink2`, `wide-only`. Of a function: by the row. */
  readonly class?: string | ((row: Row) => string);
  readonly width?: string;
}

interface Props<Row> {
  readonly label: string;
  readonly columns: ReadonlyArray<Column<Row>>;
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  /** Where Enter or a click on the row goes. */
  readonly href?: (row: Row) => string;
  readonly currentKey?: string | null;
  readonly selectedKeys?: ReadonlySet<string>;
  /** Space. `isRange`: with Shift, all from the row that was selected last. */
  readonly onSelect?: (row: Row, isRange: boolean) => void;
  /** On a phone each row is a card. */
  readonly isCards?: boolean;
}

/** Above TABLE_ROWS_MAX rows only those in sight are in the document. Its rows answer to j, k, Enter and Space. */
export function Table<Row>(props: Props<Row>) {
  const isVirtual = props.rows.length > TABLE_ROWS_MAX;
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const follow = useCallback(() => {
    const rowTop = Math.floor((box.current?.scrollTop ?? 0) / TABLE_ROW_PX);
    // Rows are replaced in steps, so that most scroll events change nothing.
    setTop(rowTop - (rowTop % TABLE_OVERSCAN_ROWS));
  }, []);
  const inSight = Math.ceil((box.current?.clientHeight ?? innerHeight) / TABLE_ROW_PX);
  const first = isVirtual ? Math.max(0, Math.min(top, props.rows.length - inSight) - TABLE_OVERSCAN_ROWS) : 0;
  const end = isVirtual ? Math.min(props.rows.length, top + inSight + 2 * TABLE_OVERSCAN_ROWS) : props.rows.length;
  return (
    <div class={isVirtual ? 'virtual' : 'scroll'} ref={box} onScroll={isVirtual ? follow : undefined}>
      <table
        class={props.isCards === true ? 'as-cards' : undefined}
        aria-label={props.label}
        aria-rowcount={props.rows.length + 1}
      >
        <thead>
          <tr>
            {props.columns.map((column) => (
              <th key={column.id} scope="col" class={headClass(column)} style={{ width: column.width }}>
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer rows={first} columns={props.columns.length} />
          {props.rows.slice(first, end).map((row, index) => (
            <TableRow key={props.rowKey(row)} row={row} index={first + index} {...props} />
          ))}
          <Spacer rows={props.rows.length - end} columns={props.columns.length} />
        </tbody>
      </table>
    </div>
  );
}

function TableRow<Row>(props: Props<Row> & { readonly row: Row; readonly index: number }) {
  const { row } = props;
  const key = props.rowKey(row);
  const href = props.href?.(row);
  const isFocusable = href !== undefined || props.onSelect !== undefined;
  return (
    <tr
      data-row={isFocusable ? props.index : undefined}
      tabIndex={isFocusable ? 0 : undefined}
      aria-rowindex={props.index + 2}
      aria-selected={props.selectedKeys?.has(key)}
      class={`${href === undefined ? '' : 'opens'} ${key === props.currentKey ? 'current' : ''}`}
      onClick={(event) => {
        if (href !== undefined && (event.target as Element).closest('a, button, input, label') === null) navigate(href);
      }}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget) return;
        if (event.key === 'Enter' && href !== undefined) navigate(href);
        else if (event.key === ' ' && props.onSelect !== undefined) props.onSelect(row, event.shiftKey);
        else return;
        event.preventDefault();
      }}
    >
      {props.columns.map((column) => (
        <td key={column.id} class={cellClass(column, row)}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}

function Spacer({ rows, columns }: { readonly rows: number; readonly columns: number }) {
  if (rows <= 0) return null;
  return (
    <tr class="spacer" aria-hidden="true">
      <td colSpan={columns} style={{ height: `${rows * TABLE_ROW_PX}px` }} />
    </tr>
  );
}

function headClass<Row>({ isRight, class: given }: Column<Row>): string {
  const shown = typeof given === 'string' && given.includes('wide-only') ? 'wide-only' : '';
  return `${isRight === true ? 'right' : ''} ${shown}`;
}

function cellClass<Row>({ isRight, class: given }: Column<Row>, row: Row): string {
  return `${isRight === true ? 'right' : ''} ${(typeof given === 'function' ? given(row) : given) ?? ''}`;
}
