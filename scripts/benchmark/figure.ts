/** One row of the report: what was measured, against what, and the mark it must reach. Lower is better everywhere. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: '×' | 'MB' | 'ms' | ''
  /** What must be reached, and what is aimed at; absent for figures that only inform. */
  readonly least?: number
  readonly aim?: number
}

const verdict = ({ value, least, aim }: Figure): string => {
  if (least === undefined) return ''
  if (aim !== undefined && value <= aim) return 'aim reached'
  return value <= least ? 'reached' : 'NOT reached'
}

/** The report as lines of an aligned table. */
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
