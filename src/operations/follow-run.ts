import { eventFeed } from '../assistants/event-feed.ts'
import type { RunEvent } from '../contract/run-events.ts'
import type { Run } from '../contract/runs.ts'
import * as rows from '../store/follow-run.ts'
import type { Context } from './context.ts'

/** The events of a run for one reader. `run` is the run as it was when the reader connected. */
export const followRun = (
  { db, log, project }: Context,
  run: Run,
  follow: rows.Follow,
  signal: AbortSignal,
): AsyncGenerator<RunEvent[], void> =>
  rows.followRun({ db, log, feed: eventFeed(db, project, run) }, follow, signal)
