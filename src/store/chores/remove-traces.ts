import type { Database } from '../database.ts'
import { createSlice } from '../slices.ts'

const slice = createSlice()

/** Deletes some traces that came before `before` (Unix seconds), of every project. Returns false when there was none. */
export async function deleteOldTraces(db: Database, before: number): Promise<boolean> {
  const find = 'select seq from traces where removed = 0 and created_at < ? order by created_at limit 100'
  if (!(await db.get(find, before))) return false
  await db.write((tx) => tx.run(`update traces set removed = 1 where seq in (${find})`, before), 'committed')
  return true
}

/** Removes a slice of the rows of a deleted trace. Returns false when none is left. */
export async function removeDeletedTraces(db: Database): Promise<boolean> {
  const find = 'select seq from traces where removed = 1 order by seq limit 1'
  if (!(await db.get(find))) return false
  const { rows } = slice
  await db.write(async (tx) => {
    const trace = await tx.get<{ seq: number }>(find)
    if (!trace) return
    await slice.measure(async () => {
      const spans = await tx.run(
        `delete from trace_spans where trace = ? and seq in
         (select seq from trace_spans where trace = ? order by seq limit ? + 0)`,
        trace.seq,
        trace.seq,
        rows,
      )
      if (spans < rows) await tx.run('delete from traces where seq = ?', trace.seq)
    })
  }, 'committed')
  return true
}
