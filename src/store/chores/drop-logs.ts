import type { Database } from '../database.ts'
import { createSlice } from '../slices.ts'

/** What is deleted of the logs of old runs, and how the row of a run says that it was. */
interface Part {
  /** The value of `deltas_dropped` before and after. */
  from: 0 | 1
  to: 1 | 2
  /** Of the rows of a log. */
  where: string
}

const deltas: Part = { from: 0, to: 1, where: "(event like '%.delta' or event like '%.partial_image')" }
/** Readers of a run end with its last event. */
const allButLast: Part = {
  from: 1,
  to: 2,
  where: 'seq < (select max(seq) from run_log as own where own.run = run_log.run)',
}

/**
 * Deletes a slice of the deltas of runs that finished before `before` (Unix seconds), because the final objects contain
 * everything. Returns false when none is left.
 */
export const dropDeltas = (db: Database, before: number): Promise<boolean> => drop(db, before, deltas)

/** The same for all events and notes but the last event. */
export const dropLogs = (db: Database, before: number): Promise<boolean> => drop(db, before, allButLast)

const slice = createSlice()

async function drop(db: Database, before: number, { from, to, where }: Part): Promise<boolean> {
  const { rows } = slice
  const runs = await db.all<{ seq: number }>(
    `select seq from runs where finished_at < ? and deltas_dropped = ${from} order by finished_at limit ? + 0`,
    before,
    rows,
  )
  if (runs.length === 0) return false
  await db.write(
    (tx) =>
      slice.measure(async () => {
        let left = rows
        for (const { seq } of runs) {
          left -= await tx.run(
            `delete from run_log where run = ? and seq in
             (select seq from run_log where run = ? and ${where} order by seq limit ? + 0)`,
            seq,
            seq,
            left,
          )
          if (left <= 0) return
          await tx.run('update runs set deltas_dropped = ? where seq = ?', to, seq)
          left--
        }
      }),
    'committed',
  )
  return true
}
