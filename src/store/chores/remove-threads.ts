import { removeContainersOf } from '../containers.ts'
import type { Database, Transaction } from '../database.ts'
import { removeRuns } from '../remove-runs.ts'
import { activeStatuses } from '../runs.ts'
import { emptySandbox } from '../sandbox-files.ts'
import { createSlice } from '../slices.ts'
import { addTombstone, type Deleted } from '../tombstones.ts'

/**
 * Deletes some threads without a message or a run since `before` (Unix seconds), of every project. Returns false when
 * there was none.
 */
export async function deleteIdleThreads(db: Database, before: number): Promise<boolean> {
  const find = 'select seq from threads where removed = 0 and active_at < ? order by active_at limit 100'
  if (!(await db.get(find, before))) return false
  await db.write(async (tx) => {
    const hide = `update threads set removed = 1 where seq in (${find})
      and removed = 0 and active_at < ? returning id, seq, project`
    for (const { project, ...thread } of await tx.all<Deleted & { project: string }>(hide, before, before))
      await addTombstone(tx, { project, list: 'threads' }, thread)
  })
  return true
}

const slice = createSlice()

/**
 * Deletes a slice of a deleted thread's rows. Returns false when none is left. While a run in the thread has not ended,
 * it must wait, because the worker and the readers of the run still need the rows.
 */
export async function removeDeletedThreads(db: Database): Promise<boolean> {
  const find = `select seq, id from threads where removed = 1 and not exists
    (select 1 from runs where runs.thread_id = threads.id and runs.status in ${activeStatuses}) order by seq limit 1`
  if (!(await db.get(find))) return false
  const { rows } = slice
  await db.write(async (tx) => {
    const thread = await tx.get<{ seq: number; id: string }>(find)
    if (thread) await slice.measure(() => removeSlice(tx, thread, rows))
  }, 'committed')
  return true
}

const ofThread = (id: string) => ({ where: 'thread_id = ?', value: id, order: 'seq' })

async function removeSlice(tx: Transaction, thread: { seq: number; id: string }, rows: number) {
  let left = rows - (await removeRuns(tx, rows, ofThread(thread.id)))
  for (const table of tablesOfThread) {
    if (left <= 0) return
    left -= await removeOf(tx, table, thread.id, left)
  }
  if (left > 0) left -= await emptySandbox(tx, thread.id, left)
  if (left > 0) left -= await removeContainersOf(tx, thread.id)
  if (left > 0) await tx.run('delete from threads where seq = ?', thread.seq)
}

const keyOf = {
  messages: 'seq',
  conversation_items: 'seq',
  thread_metadata: 'key',
  usage_threads: 'model',
}
const tablesOfThread = Object.keys(keyOf) as (keyof typeof keyOf)[]

const removeOf = (tx: Transaction, table: keyof typeof keyOf, threadId: string, rows: number) =>
  tx.run(
    `delete from ${table} where thread_id = ? and ${keyOf[table]} in
     (select ${keyOf[table]} from ${table} where thread_id = ? order by ${keyOf[table]} limit ? + 0)`,
    threadId,
    threadId,
    rows,
  )
