import { visible } from '#schema/visible.js'
import { native } from '#native'

/** A column of a table: its heading, and its cell for an item. */
export interface Column<Item> {
  readonly heading: string
  readonly cell: (item: Item) => string
  /** The column may be cut if the terminal is too narrow for the table. */
  readonly shrinks?: true
}

/** The options of {@link table}. */
export interface TableOptions {
  /** Print the headings. */
  readonly legend?: boolean
  /** Cut no cell. */
  readonly full?: boolean
  /** The number of columns of the terminal; null where there is none. */
  readonly width?: number | null
}

/**
 * Formats the lines of an aligned table, with two spaces between columns and no trailing blanks. On
 * a terminal the lines are cut to its width.
 */
export function table<Item>(
  columns: readonly Column<Item>[],
  items: readonly Item[],
  { legend = true, full = false, width = native.terminalColumns(1) }: TableOptions = {},
): string[] {
  const rows = items.map((item) => columns.map(({ cell }) => visible(cell(item))))
  if (legend) rows.unshift(columns.map(({ heading }) => heading))
  const fullWidths = columns.map((_, index) => Math.max(0, ...rows.map((row) => (row[index] ?? '').length)))
  const widths = full || width === null ? fullWidths : shrinkWidths(columns, fullWidths, width)
  return rows.map((row) =>
    row
      .map((cell, index) => fitCell(cell, widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** The minimum width of a cut column; less would be useless. */
const MIN_WIDTH = 8

/**
 * Shrinks the widest of the columns that may be cut, until the table fits or all of them have the
 * minimum width.
 */
function shrinkWidths(
  columns: readonly Pick<Column<never>, 'shrinks'>[],
  fullWidths: readonly number[],
  available: number,
): readonly number[] {
  const widths = [...fullWidths]
  let surplus = widths.reduce((sum, width) => sum + width, 2 * (widths.length - 1)) - available
  for (; surplus > 0; surplus--) {
    const cuttable = widths.map((width, index) => (columns[index]?.shrinks === true ? width : 0))
    const widest = Math.max(...cuttable)
    if (widest <= MIN_WIDTH) break
    widths[cuttable.indexOf(widest)] = widest - 1
  }
  return widths
}

const fitCell = (cell: string, width: number): string =>
  cell.length > width ? `${cell.slice(0, width - 1)}…` : cell.padEnd(width)
