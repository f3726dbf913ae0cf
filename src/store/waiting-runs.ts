import type { Database, Transaction } from './database.ts'
import { activeStatuses } from './runs.ts'
import { runQueued } from './signals.ts'

/**
 * A run that has just been written without a thread gets this one when its turn has come. Nobody claims a run whose `losses` are
 * -1, also no server of a version that does not know of runs that wait.
 */
export function waitForThread(tx: Transaction, run: number, threadId: string): void {
  tx.send('insert into waiting_runs (run, thread_id) values (?, ?)', run, threadId)
  tx.send('update runs set losses = -1 where seq = ?', run)
}

/**
 * Those that were cancelled meanwhile, or have expired, wait no more. SQLite reads the tables of a cross join in this order: with one
 * more condition on runs it would otherwise read all that fulfil it first.
 */
const runsThatWait = 'waiting_runs cross join runs'
const stillWaits = "runs.seq = waiting_runs.run and runs.status = 'queued'"

/** The runs that wait for a thread. */
const waiting = `${runsThatWait} where waiting_runs.thread_id = ? and ${stillWaits}`

/** Of a row of `threads`: whether runs wait for it. */
export const isAwaited = `exists (select 1 from ${runsThatWait}
  where waiting_runs.thread_id = threads.id and ${stillWaits})`

/** Gives the thread to the run that has waited for it the longest, unless another one is active in it. */
export const passOn = (db: Database, threadId: string): Promise<void> =>
  db.write(async (tx) => {
    await tx.lock('threads', threadId)
    if (!(await tx.get('select 1 from threads where id = ? and removed = 0', threadId))) {
      if ((await stopWaiting(tx, threadId)) > 0) tx.raise(runQueued)
      return
    }
    await keepThread(tx, threadId)
    await tx.run(
      `delete from waiting_runs where thread_id = ? and run not in (select runs.seq from ${waiting})`,
      threadId,
      threadId,
    )
    // It may be cancelled at this moment: then the next one has the thread.
    for (;;) {
      const next = await tx.get<{ seq: number }>(
        `select runs.seq from ${waiting}
         and not exists (select 1 from runs as others where others.thread_id = ? and others.status in ${activeStatuses})
         order by runs.seq limit 1`,
        threadId,
        threadId,
      )
      if (!next) return
      await tx.run('delete from waiting_runs where run = ?', next.seq)
      const give = "update runs set thread_id = ?, losses = 0 where seq = ? and status = 'queued'"
      if ((await tx.run(give, threadId, next.seq)) > 0) break
      await tx.run('update runs set thread_id = ? where seq = ?', threadId, next.seq)
    }
    tx.raise(runQueued)
  })

/** Those that have ended while they waited stay among the runs of their thread. */
const keepThread = (tx: Transaction, threadId: string): Promise<number> =>
  tx.run(
    `update runs set thread_id = ? where seq in (select run from waiting_runs where thread_id = ?) and status <> 'queued'`,
    threadId,
    threadId,
  )

/**
 * Does the same for every thread that is free: a server may have ended between the end of a run and what follows, or is of a version
 * that passes nothing on and leaves those waiting whose thread it has deleted.
 */
export async function passOnAll(db: Database): Promise<boolean> {
  const free = await db.all<{ thread_id: string }>(
    `select distinct thread_id from waiting_runs
     where not exists (select 1 from runs where runs.thread_id = waiting_runs.thread_id and runs.status in ${activeStatuses})
     limit 100`,
  )
  for (const { thread_id } of free) await passOn(db, thread_id)
  return false
}

/** Nobody waits any more for a thread that is deleted. Returns how many have. */
export async function stopWaiting(tx: Transaction, threadId: string): Promise<number> {
  await tx.run(`update runs set losses = 0 where seq in (select runs.seq from ${waiting})`, threadId)
  return tx.run('delete from waiting_runs where thread_id = ?', threadId)
}
