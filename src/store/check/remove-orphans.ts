import type { Database } from '../database.ts'
import { createSlice } from '../slices.ts'

/** Rows of `table`, which say nothing without the row of `parent` whose `key` their `column` names. */
export interface Dependents {
  table: string
  column: string
  /** Distinguishes the rows of one parent, where there can be many. */
  row?: string
  parent: string
  key: string
}

const maxParents = 200

/** The condition for rows whose parent is gone. */
export const isOrphan = ({ table, column, parent, key }: Dependents): string =>
  `not exists (select 1 from ${parent} where ${parent}.${key} = ${table}.${column})`

/** Deletes rows whose parent is gone, in small transactions, because servers go on meanwhile. Returns how many. */
export async function removeOrphans(db: Database, of: Dependents): Promise<number> {
  const { table, column } = of
  const slice = createSlice()
  let removed = 0
  for (let after: number | string | undefined; ;) {
    // Each page begins behind the last one, so that rows whose parent is there are read once. The
    // type of its column depends on the table.
    const found: unknown[] = await db.all(
      `select distinct ${column} as parent from ${table} where ${isOrphan(of)}
       ${after === undefined ? '' : `and ${column} > ?`} order by ${column} limit ${maxParents}`,
      ...(after === undefined ? [] : [after]),
    )
    const gone = found as { parent: number | string }[]
    for (const { parent } of gone) removed += await removeOf(db, parent, of, slice)
    after = gone.at(-1)?.parent
    if (gone.length < maxParents) return removed
  }
}

async function removeOf(
  db: Database,
  parent: number | string,
  { table, column, row }: Dependents,
  slice: ReturnType<typeof createSlice>,
): Promise<number> {
  if (!row) return db.write((tx) => tx.run(`delete from ${table} where ${column} = ?`, parent), 'committed')
  for (let removed = 0; ;) {
    const { rows } = slice
    const taken = await db.write(
      (tx) =>
        slice.measure(() =>
          tx.run(
            `delete from ${table} where ${column} = ? and ${row} in
             (select ${row} from ${table} where ${column} = ? order by ${row} limit ? + 0)`,
            parent,
            parent,
            rows,
          ),
        ),
      'committed',
    )
    removed += taken
    if (taken < rows) return removed
  }
}
