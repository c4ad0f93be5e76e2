import type { ComponentChildren } from 'preact';
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

export interface TableProps<Row> {
  readonly label: string;
  readonly columns: ReadonlyArray<Column<Row>>;
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  /** Where Enter or a click on the row goes. */
  readonly href?: (row: Row) => string;
  readonly currentKey?: string | null;
  /** Of a source that does not answer: the row is dimmed. */
  readonly isStale?: (row: Row) => boolean;
  readonly selectedKeys?: ReadonlySet<string>;
  /** Space. `isRange`: with Shift, all from the row that was selected last. */
  readonly onSelect?: (row: Row, isRange: boolean) => void;
  /** On a phone each row is a card. Above TABLE_ROWS_MAX rows all cards are of one height: two columns of the class `cut` fit. */
  readonly isCards?: boolean;
}

/** The roles are those that the elements have by themselves, until a virtual table lays them out as a grid. */
export function TableHead<Row>({ columns }: TableProps<Row>) {
  const last = lastShownNarrow(columns);
  return (
    <thead role="rowgroup">
      <tr role="row">
        {columns.map((column) => (
          <th
            key={column.id}
            scope="col"
            role="columnheader"
            class={headClass(column, column === last)}
            style={{ width: column.width }}
          >
            {column.head}
          </th>
        ))}
      </tr>
    </thead>
  );
}

export function TableRow<Row>(props: TableProps<Row> & { readonly row: Row; readonly index: number }) {
  const { row } = props;
  const key = props.rowKey(row);
  const last = lastShownNarrow(props.columns);
  const isFocusable = props.href !== undefined || props.onSelect !== undefined;
  return (
    <tr
      role="row"
      data-row={isFocusable ? props.index : undefined}
      tabIndex={isFocusable ? 0 : undefined}
      aria-rowindex={props.index + 2}
      aria-selected={props.selectedKeys?.has(key)}
      class={`${props.href === undefined ? '' : 'opens'} ${key === props.currentKey ? 'current' : ''} ${props.isStale?.(row) === true ? 'stale' : ''}`}
    >
      {props.columns.map((column) => (
        <Cell key={column.id} column={column} row={row} isLast={column === last} />
      ))}
    </tr>
  );
}

function Cell<Row>(props: { readonly column: Column<Row>; readonly row: Row; readonly isLast: boolean }) {
  const { column, row, isLast } = props;
  const content = column.cell(row);
  const classes = cellClass(column, row, isLast);
  // Of what is cut the whole is told by a pointer that rests on it.
  const title = typeof content === 'string' && classes.includes('cut') ? content : undefined;
  return (
    <td role="cell" class={classes} title={title}>
      {content}
    </td>
  );
}

/** For `tbody`: what its rows do on a click, Enter and Space. */
export function answers<Row>({ rows, href, onSelect }: TableProps<Row>) {
  const rowOf = (element: Element | null) => rows[Number(element?.getAttribute('data-row') ?? Number.NaN)];
  return {
    onClick({ target }: MouseEvent) {
      if (href === undefined || (target as Element).closest('a, button, input, label') !== null) return;
      const row = rowOf((target as Element).closest('tr'));
      if (row !== undefined) navigate(href(row));
    },
    onKeyDown(event: KeyboardEvent) {
      const row = rowOf(event.target as Element);
      if (row === undefined) return;
      if (event.key === 'Enter' && href !== undefined) navigate(href(row));
      else if (event.key === ' ' && onSelect !== undefined) onSelect(row, event.shiftKey);
      else return;
      event.preventDefault();
    },
  };
}

/** The column at the edge of a phone. */
function lastShownNarrow<Row>(columns: ReadonlyArray<Column<Row>>): Column<Row> | undefined {
  return columns.findLast((column) => !isWideOnly(column.class));
}

function headClass<Row>({ isRight, class: given }: Column<Row>, isLast: boolean): string {
  return `${isRight === true ? 'right' : ''} ${isWideOnly(given) ? 'wide-only' : ''} ${isLast ? 'last' : ''}`;
}

export function isWideOnly<Row>(given: Column<Row>['class']): boolean {
  return typeof given === 'string' && given.includes('wide-only');
}

function cellClass<Row>({ isRight, class: given }: Column<Row>, row: Row, isLast: boolean): string {
  const own = (typeof given === 'function' ? given(row) : given) ?? '';
  return `${isRight === true ? 'right' : ''} ${own} ${isLast ? 'last' : ''}`;
}
