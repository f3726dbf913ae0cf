/** The value below which the part `p` (0 to 1) of the values lies; NaN of nothing. */
export function quantile(values: number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN
}

export const median = (values: number[]) => quantile(values, 0.5)

export const round = (value: number, digits = 1) => (Number.isFinite(value) ? value.toFixed(digits) : '-')

/** Lines of a table for people: the first column to the left, the others to the right. */
export function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .map((line) => `  ${line}`)
    .join('\n')
}

/** A value beside its target. The word says what was seen in this run; machines are noisy. */
export const verdict = (name: string, value: number, target: number, kind: 'at least' | 'at most') => {
  const met = kind === 'at least' ? value >= target : value <= target
  return `  ${name}: ${round(value, 2)}, target ${kind} ${target}: ${met ? 'met' : 'MISSED'}`
}
