import { type Child, h } from '../dom.ts';

export type Column<Row> = {
  key: string;
  title: string;
  cell(row: Row): Child;
  number?: boolean;
  text?: boolean;
  /** The first column names the row. */
  head?: boolean;
  /** What the browser sorts by, for tables that are here as a whole; null sorts last. */
  sortBy?(row: Row): number | string | null;
};
export type Sort = { key: string; order: 'asc' | 'desc' };

type TableOptions<Row> = {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  /** Tables that the server sorts: which columns, what holds now, what to do. */
  sort?: { keys: readonly string[]; now: Sort; change(sort: Sort): void };
  id: string;
  /** Long: the table scrolls in its box, its heading stays. */
  tall?: boolean;
};

/**
 * A table in a box that scrolls by itself on narrow screens (and by keyboard). Columns that sort have a button in their heading
 * and say so with `aria-sort`; the server sorts where `sort` is given, else the browser does.
 */
export function table<Row>(options: TableOptions<Row>): HTMLElement {
  const { caption, columns, id } = options;
  const box = h('div', {
    class: options.tall ? 'scroll tall' : 'scroll',
    tabindex: 0,
    role: 'region',
    'aria-label': caption,
  });
  let now: Sort | null = options.sort?.now ?? null;
  const sortable = ({ key, sortBy }: Column<Row>): boolean =>
    options.sort === undefined ? sortBy !== undefined : options.sort.keys.includes(key);
  const press = (column: Column<Row>): void => {
    const first = column.number === true ? 'desc' : 'asc';
    const other = now?.order === 'asc' ? 'desc' : 'asc';
    const next: Sort = { key: column.key, order: now?.key === column.key ? other : first };
    if (options.sort !== undefined) {
      options.sort.change(next);
      return;
    }
    now = next;
    draw();
    document.getElementById(`${id}-${column.key}`)?.focus();
  };
  const heading = (column: Column<Row>): HTMLElement => {
    const order = now?.key === column.key ? now.order : null;
    const button = (): HTMLElement =>
      h(
        'button',
        { type: 'button', class: 'sort', id: `${id}-${column.key}`, onclick: () => press(column) },
        column.title,
      );
    const sorted = order === null ? null : order === 'asc' ? 'ascending' : 'descending';
    const attributes = { scope: 'col', class: column.number ? 'number' : null, 'aria-sort': sorted };
    return h('th', attributes, sortable(column) ? button() : column.title);
  };
  const draw = (): void => {
    const rows = options.sort === undefined ? sortRows(options.rows, columns, now) : options.rows;
    const head = h('thead', {}, h('tr', {}, columns.map(heading)));
    const body = h(
      'tbody',
      {},
      rows.map((row) =>
        h(
          'tr',
          {},
          columns.map((column) => cellOf(column, row)),
        ),
      ),
    );
    box.replaceChildren(h('table', { id }, h('caption', { class: 'hidden' }, caption), head, body));
  };
  draw();
  return box;
}

function cellOf<Row>(column: Column<Row>, row: Row): HTMLElement {
  const kind = column.number ? 'number' : column.text ? 'text' : null;
  return column.head
    ? h('th', { scope: 'row', class: kind }, column.cell(row))
    : h('td', { class: kind, 'data-column': column.key }, column.cell(row));
}

function sortRows<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sort: Sort | null): readonly Row[] {
  const by = columns.find(({ key }) => key === sort?.key)?.sortBy;
  if (by === undefined || sort === null) return rows;
  const sign = sort.order === 'asc' ? 1 : -1;
  const compare = (a: number | string | null, b: number | string | null): number => {
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
    return sign * String(a).localeCompare(String(b));
  };
  return [...rows].sort((a, b) => compare(by(a), by(b)));
}
