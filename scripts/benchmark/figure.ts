/**
 * One row of the report: the measured value, the value to compare with, and the required ratio.
 * Lower is always better.
 */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: '×' | 'MB' | 'ms' | ''
  /** The required and the desired value; absent for figures that are for information only. */
  readonly least?: number
  readonly aim?: number
}

const verdict = ({ value, least, aim }: Figure): string => {
  if (least === undefined) return ''
  if (aim !== undefined && value <= aim) return 'aim reached'
  return value <= least ? 'reached' : 'NOT reached'
}

/** Formats the report as lines of an aligned table. */
export function table(figures: readonly Figure[]): string[] {
  const number = (value: number | undefined, unit: string) =>
    value === undefined ? '' : `${value.toFixed(2)} ${unit}`.trim()
  const rows = figures.map((f) => [
    f.name,
    number(f.value, f.unit),
    number(f.least, f.unit),
    number(f.aim, f.unit),
    verdict(f),
  ])
  const all = [['', 'measured', 'at least', 'aim', ''], ...rows]
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}
