import type { RunEvent } from '../contract/run-events.ts'
import type { Reader } from '../store/database.ts'
import type { Replayed } from '../store/follow-run.ts'
import { messagesById } from '../store/messages.ts'
import { readRunEvents, type KeptEvent } from '../store/run-log.ts'
import { stepsById } from '../store/run-steps.ts'
import { runById } from '../store/runs.ts'
import type { EventName } from './event-names.ts'
import { recallEvent } from './events.ts'

/**
 * Returns the next events of a run after number `seq`, as they were streamed, a limited number at a time. The log
 * contains what has changed and when; the rows of the run, its steps and messages contain the rest. Events of a deleted
 * message are left out.
 */
export async function replayRun(of: ReplayOf, seq: number): Promise<Replayed> {
  const { events: kept, more } = await readRunEvents(of.db, of.runId, seq)
  return { events: await shownOf(of, kept), more }
}

export interface ReplayOf {
  db: Reader
  project: string
  runId: string
}

/** These events as they were streamed. */
export async function shownOf({ db, project, runId }: ReplayOf, kept: KeptEvent[]): Promise<RunEvent[]> {
  const subjects = new Set(kept.map(({ subject }) => subject))
  subjects.delete(null)
  if (subjects.size === 0) return kept.map(({ event, data, ...id }) => asShown(id, event, data))
  const run = await runById(db, project, runId)
  if (!run) return []
  const ids = [...subjects].filter((id) => id !== null)
  const rows = {
    run,
    steps: byId(await stepsById(db, project, idsOf(ids, 'step_'))),
    messages: byId(await messagesById(db, project, idsOf(ids, 'msg_'))),
  }
  return kept.flatMap(({ event, ...one }) => {
    const data = recallEvent(event as EventName, one, rows)
    return data === undefined ? [] : [asShown(one, event, data)]
  })
}

const asShown = ({ attempt, seq }: Pick<KeptEvent, 'attempt' | 'seq'>, event: string, data: string) => ({
  attempt,
  seq,
  event,
  data,
})
const idsOf = (ids: string[], prefix: string) => ids.filter((id) => id.startsWith(prefix))
const byId = <Row extends { id: string }>(rows: Row[]) => new Map(rows.map((row) => [row.id, row]))
