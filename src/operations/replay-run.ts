import { recallEvent } from '../contract/kept-events.ts'
import type { RunEvent } from '../contract/run-events.ts'
import { messagesById } from '../store/messages.ts'
import { readRunEvents, type KeptEvent } from '../store/run-log.ts'
import { stepsById } from '../store/run-steps.ts'
import { runById } from '../store/runs.ts'
import type { Context } from './context.ts'

/**
 * The next events of a run after number `seq`, a bounded count of them, as they were streamed: the log says what has
 * changed when, and the rows of the run, its steps and messages have the rest. What tells of a message that was
 * deleted since is left out.
 */
export async function replayRun(ctx: Context, runId: string, seq: number): Promise<Replayed> {
  const { events: kept, more } = await readRunEvents(ctx.db, runId, seq)
  return { events: await shownOf(ctx, runId, kept), more }
}

export interface Replayed {
  events: RunEvent[]
  /** Whether the log goes on behind them. */
  more: boolean
}

async function shownOf(ctx: Context, runId: string, kept: KeptEvent[]): Promise<RunEvent[]> {
  const subjects = new Set(kept.map(({ subject }) => subject))
  subjects.delete(null)
  if (subjects.size === 0) return kept.map(({ event, data, ...id }) => asShown(id, event, data))
  const run = await runById(ctx.db, ctx.project, runId)
  if (!run) return []
  const ids = [...subjects].filter((id) => id !== null)
  const rows = {
    run,
    steps: byId(await stepsById(ctx.db, ctx.project, idsOf(ids, 'step_'))),
    messages: byId(await messagesById(ctx.db, ctx.project, idsOf(ids, 'msg_'))),
  }
  return kept.flatMap(({ event, ...one }) => {
    const data = recallEvent(event, one, rows)
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
