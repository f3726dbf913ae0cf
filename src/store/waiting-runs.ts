import type { Database, Reader, Transaction } from './database.ts'
import { activeStatuses } from './runs.ts'
import { runQueued } from './signals.ts'

/**
 * A run that has just been written without a thread gets this one when its turn has come. Nobody claims a run whose `losses` are
 * -1, also no server of a version that does not know of `waits_for`.
 */
export const waitForThread = (tx: Transaction, run: number, threadId: string): void =>
  tx.send('update runs set waits_for = ?, losses = -1 where seq = ?', threadId, run)

export const isWaitedFor = async (db: Reader, threadId: string): Promise<boolean> =>
  (await db.get("select 1 from runs where waits_for = ? and status = 'queued' limit 1", threadId)) !==
  undefined

/** Gives the thread to the run that has waited for it the longest, unless another one is active in it. */
export const passOn = (db: Database, threadId: string): Promise<void> =>
  db.write(async (tx) => {
    await tx.lock('threads', threadId)
    if (!(await tx.get('select 1 from threads where id = ? and removed = 0', threadId))) {
      if ((await stopWaiting(tx, threadId)) > 0) tx.raise(runQueued)
      return
    }
    const next = await tx.get<{ seq: number }>(
      `select seq from runs where waits_for = ? and status = 'queued'
       and not exists (select 1 from runs as others where others.thread_id = ? and others.status in ${activeStatuses})
       order by seq limit 1`,
      threadId,
      threadId,
    )
    if (!next) return
    await tx.run(
      'update runs set thread_id = waits_for, waits_for = null, losses = 0 where seq = ?',
      next.seq,
    )
    tx.raise(runQueued)
  })

/**
 * Does the same for every thread that is free: a server may have ended between the end of a run and what follows, or is of a version
 * that passes nothing on and leaves those waiting whose thread it has deleted.
 */
export async function passOnAll(db: Database): Promise<boolean> {
  const free = await db.all<{ waits_for: string }>(
    `select distinct waits_for from runs where waits_for is not null and status = 'queued'
     and not exists (select 1 from runs as others where others.thread_id = runs.waits_for and others.status in ${activeStatuses})
     limit 100`,
  )
  for (const { waits_for } of free) await passOn(db, waits_for)
  return false
}

/** Nobody waits any more for a thread that is deleted. Returns how many have. */
export const stopWaiting = (tx: Transaction, threadId: string): Promise<number> =>
  tx.run('update runs set waits_for = null, losses = 0 where waits_for = ?', threadId)
