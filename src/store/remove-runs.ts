import type { Database, Transaction } from './database.ts'
import { forgetRequests } from './run-requests.ts'
import { createSlice } from './slices.ts'

/** About how many rows a run has in other tables, which are deleted before the run itself. */
const rowsOfRun = 12

/** A condition with one value, and an order for which there is an index. */
interface Which {
  where: string
  value: string | number
  order: string
}

/**
 * Deletes up to `rows` rows of the runs that match: their logs and steps, and each run when nothing else of it is left.
 * Returns how many rows. Fewer than `rows` means that no such run is left.
 */
export async function removeRuns(tx: Transaction, rows: number, which: Which): Promise<number> {
  const limit = Math.ceil(rows / rowsOfRun)
  const found = await tx.all<{ seq: number; id: string }>(
    `select seq, id from runs where ${which.where} order by ${which.order} limit ? + 0`,
    which.value,
    limit,
  )
  let removed = 0
  const requests = new Set<number>()
  for (const { seq, id } of found) {
    removed += await tx.run(
      'delete from run_log where run = ? and seq in (select seq from run_log where run = ? order by seq limit ? + 0)',
      seq,
      seq,
      rows - removed,
    )
    removed += await tx.run(
      'delete from run_steps where seq in (select seq from run_steps where run_id = ? order by seq limit ? + 0)',
      id,
      rows - removed,
    )
    if (removed >= rows) break
    const gone = await tx.get<{ request_number: number | null }>(
      'delete from runs where seq = ? returning request_number',
      seq,
    )
    if (gone?.request_number) requests.add(gone.request_number)
    removed++
  }
  await forgetRequests(tx, requests)
  return found.length === limit ? Math.max(removed, rows) : removed
}

/** Deletes one run with everything that belongs to it. */
export async function removeRun(tx: Transaction, seq: number): Promise<void> {
  // PostgreSQL does not delete the log by itself.
  await tx.run('delete from run_log where run = ?', seq)
  const gone = await tx.get<{ request_number: number | null }>(
    'delete from runs where seq = ? returning request_number',
    seq,
  )
  if (gone?.request_number) await forgetRequests(tx, [gone.request_number])
}

const slice = createSlice()

/**
 * Deletes a slice of the runs that ended before `before` (Unix seconds), of every project. Returns false when none is
 * left.
 */
export async function removeOldRuns(db: Database, before: number): Promise<boolean> {
  if (!(await db.get('select 1 from runs where finished_at < ? limit 1', before))) return false
  return removeSlice(db, { where: 'finished_at < ?', value: before, order: 'finished_at' })
}

/**
 * Runs that their callers are not to find again, and that none goes on with: whoever does needs what was said in them for as long
 * as it is kept itself.
 */
const unstored = `stored = 0 and finished_at < ?
  and not exists (select 1 from runs next where next.previous = runs.id and next.project = runs.project)`

/** The same for those. */
export async function removeUnstoredRuns(db: Database, before: number): Promise<boolean> {
  if (!(await db.get(`select 1 from runs where ${unstored} limit 1`, before))) return false
  return removeSlice(db, { where: unstored, value: before, order: 'finished_at' })
}

async function removeSlice(db: Database, which: Which): Promise<true> {
  const { rows } = slice
  await db.write((tx) => slice.measure(() => removeRuns(tx, rows, which)), 'committed')
  return true
}
