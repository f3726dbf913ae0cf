import { shownOf } from '../assistants/replay-run.ts'
import { readTimeline } from '../assistants/timeline/read-timeline.ts'
import { formatEventId } from '../contract/run-events.ts'
import { toList } from '../contract/list.ts'
import type { LoggedRunEvent, RunSpan } from '../contract/run-spans.ts'
import { thatFit, type PageQuery } from '../store/page.ts'
import { eventsPage, type TimedEvent } from '../store/run-timeline.ts'
import type { Context } from './context.ts'
import type { List } from './list.ts'
import { findRun } from './runs.ts'

/** What took how long in a run so far, and what its model was sent. */
export async function getTimeline(ctx: Context, threadId: string, runId: string): Promise<List<RunSpan>> {
  const run = await findRun(ctx.db, ctx.project, threadId, runId)
  return toList(await readTimeline(ctx.db, run), false)
}

/** The events of a run, as its streams show them. */
export async function listRunEvents(
  ctx: Context,
  threadId: string,
  runId: string,
  query: PageQuery,
): Promise<List<LoggedRunEvent>> {
  await findRun(ctx.db, ctx.project, threadId, runId)
  for (let part = query; ;) {
    const { data, hasMore } = await eventsPage(ctx.db, runId, part)
    const shown = await showEvents(ctx, runId, data)
    // What tells of a message that is being deleted at this moment is not shown. A page must not be empty for that.
    const [first, last] = [data[0], data.at(-1)]
    if (shown.length > 0 || !hasMore || !first || !last) {
      const count = thatFit(shown)
      return toList(
        shown.slice(0, count).map(({ event }) => event),
        hasMore || count < shown.length,
      )
    }
    const isBackwards = query.before !== undefined && query.after === undefined
    part = { ...query, ...(isBackwards ? { before: formatEventId(first) } : { after: formatEventId(last) }) }
  }
}

/** The events, and the size of each in bytes. */
async function showEvents(ctx: Context, runId: string, rows: TimedEvent[]) {
  const times = new Map(rows.map(({ seq, at }) => [seq, at]))
  const events = await shownOf({ db: ctx.db, project: ctx.project, runId }, rows)
  return events.map(({ attempt, seq, event, data }) => {
    const at = times.get(seq) ?? null
    const shown: LoggedRunEvent = {
      id: formatEventId({ attempt, seq }),
      object: 'thread.run.event',
      created_at: at === null ? null : at / 1_000,
      event,
      data: JSON.parse(data),
    }
    return { event: shown, bytes: data.length }
  })
}
