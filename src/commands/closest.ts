/** The known word that a misspelled one probably means. Undefined if none is similar. */
export function closest(word: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((name) => ({ name, distance: distance(word.toLowerCase(), name) }))
    .filter(
      ({ name, distance }) => distance <= Math.max(1, Math.floor(Math.max(word.length, name.length) / 3)),
    )
    .toSorted((a, b) => a.distance - b.distance)
  return best?.name
}

/** The number of letters to insert, delete, replace or swap with their neighbour (Damerau-Levenshtein distance). */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, at) => at)]
  const cell = (row: number, column: number) => rows[row]?.[column] ?? Infinity
  for (let row = 1; row <= a.length; row++) {
    rows.push([row])
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      rows[row]?.push(
        Math.min(
          cell(row - 1, column) + 1,
          cell(row, column - 1) + 1,
          cell(row - 1, column - 1) + (same ? 0 : 1),
          swapped ? cell(row - 2, column - 2) + 1 : Infinity,
        ),
      )
    }
  }
  return cell(a.length, b.length)
}
