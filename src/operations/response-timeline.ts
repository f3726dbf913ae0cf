import { toList } from '../contract/list.ts'
import type { LoggedResponseEvent, ResponseSpan } from '../contract/responses/response-spans.ts'
import { formatEventId } from '../contract/run-events.ts'
import { shownEvents } from '../responses/event-feed.ts'
import { readTimeline } from '../responses/read-timeline.ts'
import { thatFit, type PageQuery } from '../store/page.ts'
import { eventsPage } from '../store/run-timeline.ts'
import type { Context } from './context.ts'
import type { List } from './list.ts'
import { findResponse } from './responses.ts'

/** What took how long in a response so far, and what its model was sent. */
export async function getResponseTimeline(ctx: Context, id: string): Promise<List<ResponseSpan>> {
  return toList(await readTimeline(ctx.db, await findResponse(ctx.db, ctx.project, id)), false)
}

/** The events of a response as its stream shows them, also where it was not streamed. */
export async function listResponseEvents(
  ctx: Context,
  id: string,
  query: PageQuery,
): Promise<List<LoggedResponseEvent>> {
  const run = await findResponse(ctx.db, ctx.project, id)
  const { data, hasMore } = await eventsPage(ctx.db, id, query)
  const events = await shownEvents(ctx.db, run, data)
  const count = thatFit(events.map((event) => ({ bytes: event.data.length })))
  const shown = events
    .slice(0, count)
    .map(({ attempt, seq, at, event, data: json }): LoggedResponseEvent => ({
      id: formatEventId({ attempt, seq }),
      object: 'response.event',
      created_at: at === null ? null : at / 1_000,
      event,
      data: JSON.parse(json),
    }))
  return toList(shown, hasMore || count < events.length)
}
