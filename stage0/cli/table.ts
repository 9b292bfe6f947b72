import { visible } from '#schema/visible.js'
import { native } from '#native'

/** A column of a table: its heading, and what it shows of a row. */
export interface Column<Item> {
  readonly heading: string
  readonly cell: (item: Item) => string
  /** May be cut where the terminal is too narrow for the table. */
  readonly shrinks?: true
}

/** How a table is wanted. */
export interface TableOptions {
  /** With headings. */
  readonly legend?: boolean
  /** Nothing is cut. */
  readonly whole?: boolean
  /** Columns of the terminal; null where there is none. */
  readonly width?: number | null
}

/** Lines of an aligned table; two spaces between columns, no trailing blanks. On a terminal they are no longer than it is wide. */
export function table<Item>(
  columns: readonly Column<Item>[],
  items: readonly Item[],
  { legend = true, whole = false, width = native.terminalColumns(1) }: TableOptions = {},
): string[] {
  const rows = items.map((item) => columns.map(({ cell }) => visible(cell(item))))
  if (legend) rows.unshift(columns.map(({ heading }) => heading))
  const full = columns.map((_, index) => Math.max(0, ...rows.map((row) => (row[index] ?? '').length)))
  const widths = whole || width === null ? full : narrowed(columns, full, width)
  return rows.map((row) =>
    row
      .map((cell, index) => fitted(cell, widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** Less is of no use. */
const LEAST_WIDTH = 8

/** Takes from the widest of the columns that may be cut, until the table fits, or nothing is left to take. */
function narrowed(
  columns: readonly Pick<Column<never>, 'shrinks'>[],
  full: readonly number[],
  room: number,
): readonly number[] {
  const widths = [...full]
  let surplus = widths.reduce((sum, width) => sum + width, 2 * (widths.length - 1)) - room
  for (; surplus > 0; surplus--) {
    const cuttable = widths.map((width, index) => (columns[index]?.shrinks === true ? width : 0))
    const widest = Math.max(...cuttable)
    if (widest <= LEAST_WIDTH) break
    widths[cuttable.indexOf(widest)] = widest - 1
  }
  return widths
}

const fitted = (cell: string, width: number): string =>
  cell.length > width ? `${cell.slice(0, width - 1)}…` : cell.padEnd(width)
