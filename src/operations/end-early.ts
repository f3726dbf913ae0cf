import { requestEarlyEnd } from '../store/runs.ts'
import { earlyEndRequested } from '../store/signals.ts'
import type { Context } from './context.ts'

/**
 * Asks that a run of the caller end at the next point at which nothing of it is half done, wherever it is worked on. Nothing changes
 * where it has ended or is to be cancelled.
 */
export async function endEarly({ db, project }: Context, id: string): Promise<void> {
  // A worker of this server need not wait for the disk.
  db.signals.raise(earlyEndRequested(id))
  await db.write(async (tx) => {
    if ((await requestEarlyEnd(tx, project, id)) > 0) tx.raise(earlyEndRequested(id))
  })
}
