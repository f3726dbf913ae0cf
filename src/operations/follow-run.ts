import { eventFeed } from '../assistants/event-feed.ts'
import type { RunEvent } from '../contract/run-events.ts'
import type { Run } from '../contract/runs.ts'
import * as rows from '../store/follow-run.ts'
import { patient } from '../store/patient.ts'
import type { Context } from './context.ts'

/**
 * The events of a run for one reader, who waits while the database is away. `run` is the run as it was when the reader
 * connected.
 */
export const followRun = (
  { db, log, project }: Context,
  run: Run,
  follow: rows.Follow,
  signal: AbortSignal,
): AsyncGenerator<RunEvent[], void> => {
  const waiting = patient(db, signal)
  return rows.followRun({ db: waiting, log, feed: eventFeed(waiting, project, run) }, follow, signal)
}
