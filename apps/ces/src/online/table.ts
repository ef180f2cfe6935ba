import Table from 'cli-table3';
import { stripVTControlCharacters } from 'node:util';

/** As kubectl does it: columns, and no lines between them. */
const chars = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '   ',
};

const style = { chars, style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] } };

/** A column: what stands above it, and what of a row stands in it. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
}

/** cli-table3 lays a table out in time that grows with the square of its rows; so many at once take no time. */
const rowsAtOnce = 100;

/** A table, as one text of several lines. Cells are single lines. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)));
  const widths = columns.map(({ title }, column) =>
    cells.reduce((width, row) => Math.max(width, widthOf(row[column] ?? '')), widthOf(title)),
  );
  // Nothing stands behind the last column, which may be as wide as it likes.
  const colWidths = [...widths.slice(0, -1), null];
  const titles = columns.map(({ title }) => title);
  const lines: string[] = [];
  for (let start = 0; start === 0 || start < cells.length; start += rowsAtOnce) {
    const drawn = new Table({ ...style, colWidths, head: start === 0 ? titles : [] });
    drawn.push(...cells.slice(start, start + rowsAtOnce));
    lines.push(...drawn.toString().split('\n'));
  }
  return lines.map((line) => line.trimEnd()).join('\n');
}

/** In columns of the terminal, for the texts that Kubernetes and BIG-IP names are made of. */
function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}

/** The column, where it tells rows apart: where there is but one cluster, nobody asks which. */
export function columnIfSeveral<Row>(rows: readonly Row[], column: Column<Row>): Column<Row>[] {
  return new Set(rows.map((row) => column.cell(row))).size > 1 ? [column] : [];
}
