import { nowSeconds } from '../common/clock.ts'
import { isTerminal } from '../contract/run-status.ts'
import type { Run } from '../contract/runs.ts'
import { noUsage } from '../contract/usage.ts'
import type { Reader } from '../store/database.ts'
import type { EventFeed } from '../store/follow-run.ts'
import { endsRun, pausesRun } from './events.ts'
import { replayRun } from './replay-run.ts'

/** The events of a run of the Assistants API. `run` is the run as it was when somebody began to read. */
export const eventFeed = (db: Reader, project: string, run: Run): EventFeed => ({
  runId: run.id,
  replay: (seq) => replayRun({ db, project, runId: run.id }, seq),
  ends: endsRun,
  pauses: pausesRun,
  mayBeLost: (event) => event.endsWith('.delta'),
  // When the thread was deleted, its run was cancelled. Clients take a stream without a last event for a failure, so
  // this event is made here.
  lastOfDeleted({ attempt, seq }) {
    const ended: Run = isTerminal(run.status)
      ? run
      : {
          ...run,
          status: 'cancelled',
          expires_at: null,
          cancelled_at: nowSeconds(),
          required_action: null,
          usage: noUsage,
        }
    return { attempt, seq: seq + 1, event: `thread.run.${ended.status}`, data: JSON.stringify(ended) }
  },
})
