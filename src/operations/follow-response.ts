import type { Response, ResponseRecord } from '../contract/responses/response.ts'
import { isTerminal } from '../contract/run-status.ts'
import type { RunEvent } from '../contract/run-events.ts'
import { cannotStream, responseNotFound } from '../errors/response-errors.ts'
import { eventFeed, numbering } from '../responses/event-feed.ts'
import { endsResponse } from '../responses/events.ts'
import * as rows from '../store/follow-run.ts'
import { patient } from '../store/patient.ts'
import { responseById } from '../store/responses.ts'
import type { BegunRun } from './begin-run.ts'
import type { Context } from './context.ts'
import { findResponse, showResponse } from './responses.ts'

/** The events of a response for one reader, with their types and numbers, as they are sent. */
export function followResponse(
  { db, log }: Context,
  run: ResponseRecord,
  follow: rows.Follow,
  signal: AbortSignal,
): AsyncGenerator<RunEvent[], void> {
  const waiting = patient(db, signal)
  const feed = eventFeed(waiting, run)
  return rows.followRun({ db: waiting, log, feed, show: numbering() }, follow, signal)
}

/** A response whose stream is read again. Only one that was streamed in the background has such a stream. */
export async function findStreamed({ db, project }: Context, id: string): Promise<ResponseRecord> {
  const run = await findResponse(db, project, id)
  if (!run.request.background) throw cannotStream('background')
  if (!run.request.stream) throw cannotStream('stream')
  return run
}

/** How long the disk is not asked while a wake-up may come, in milliseconds. */
const pollIntervalMs = 1_000

/** Waits until the response is over, and returns it. Throws the reason of the signal. */
export async function waitForResponse(
  ctx: Context,
  { queued, live }: Pick<BegunRun<ResponseRecord>, 'queued' | 'live'>,
  signal: AbortSignal,
): Promise<Response> {
  using reader = live ?? ctx.log.attach(queued.id)
  using _told = rows.followElsewhere(ctx.db, queued.id)
  const db = patient(ctx.db, signal)
  let next = 1
  let look = false
  for (;;) {
    signal.throwIfAborted()
    const events = reader.take(next)
    next += events.length
    const last = events.at(-1)
    if (last && endsResponse(last.event)) return (JSON.parse(last.data) as { response: Response }).response
    if (look || reader.missed(next)) {
      const run = await responseById(db, ctx.project, queued.id)
      if (!run) throw responseNotFound(queued.id)
      if (isTerminal(run.status)) return showResponse(db, run)
      next = run.last_event + 1
    }
    look = (await reader.wait(pollIntervalMs, signal)) === 'look'
  }
}
