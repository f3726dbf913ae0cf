/**
 * The `?` of an `in (...)` and their values. The list is filled up with its last value to a power of two, because each
 * length is a statement of its own that is prepared and kept. An empty list matches nothing.
 */
export function inList(values: readonly (string | number)[]): {
  marks: string
  values: (string | number | null)[]
} {
  if (values.length === 1) return { marks: '?', values: [...values] }
  const length = 2 ** Math.ceil(Math.log2(Math.max(values.length, 1)))
  const last = values.at(-1) ?? null
  return {
    marks: '?, '.repeat(length - 1) + '?',
    values: Array.from({ length }, (_, at) => values[at] ?? last),
  }
}

/** Databases take some ten thousand values in a statement. */
const maxIds = 4_096

/** The rows of any number of ids: `read` is asked for some of them at a time. */
export async function inSlices<Row>(
  ids: readonly string[],
  read: (some: readonly string[]) => Promise<Row[]>,
): Promise<Row[]> {
  const rows: Row[] = []
  for (let at = 0; at < ids.length; at += maxIds) rows.push(...(await read(ids.slice(at, at + maxIds))))
  return rows
}
