import type { OutgoingMessage } from 'node:http'
import { formatEventId, type EventId, type RunEvent } from '../contract/run-events.ts'
import { internalError, keyWasRevoked, type ApiError } from '../errors/errors.ts'
import { describeError, type Log } from '../common/log.ts'
import { wireHeaders } from './answer.ts'
import type { Request } from './call.ts'
import { incompleteEvent } from './incomplete-event.ts'

/** In milliseconds. Proxies close connections that are silent for 30 or 60 seconds. */
const keepAliveMs = 15_000

/** How an API writes its streams. `last` is the last event before what is written. */
export interface StreamForm {
  frame(event: RunEvent): string
  error(error: ApiError, last: EventId): string
  /** What follows the last event. */
  end(last: EventId): string
}

/**
 * Sends the events of a run as server-sent events. The next batch is requested only after the reader has taken the
 * previous one, so a slow reader holds one batch at most. When the reader leaves, `events` ends, and `left` is called; the
 * run goes on.
 */
export function eventStream(
  c: Request,
  { log, from, form = assistantsForm(c), left }: StreamOptions,
  follow: (signal: AbortSignal) => AsyncGenerator<RunEvent[], void>,
): Response {
  const leaving = new AbortController()
  const events = follow(leaving.signal)
  const encoder = new TextEncoder()
  const { requestId } = c.get('call')
  const revoked = c.get('call').caller?.key.revoked
  let last = from
  let coming: Promise<IteratorResult<RunEvent[], void>> | undefined

  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const send = (text: string) => controller.enqueue(encoder.encode(text))
        try {
          coming ??= events.next()
          const next = await within(coming, keepAliveMs, c.get('call').closing, revoked)
          if (leaving.signal.aborted) return
          // Without an empty line after it: when an event has had an id, the Python client takes an empty line for an
          // event without data.
          if (next === undefined) return send(': keep-alive\n')
          if (next === 'revoked') {
            send(form.error(keyWasRevoked(), last))
            controller.close()
            leaving.abort()
            await events.return()
            return
          }
          if (next === 'closing') {
            // Without `done`, because more events will follow after this one.
            send(': the server closes; the stream goes on after the last id\n')
            controller.close()
            leaving.abort()
            await events.return()
            return
          }
          coming = undefined
          if (next.done) {
            const end = form.end(last)
            if (end !== '') send(end)
            return controller.close()
          }
          last = next.value.at(-1) ?? last
          send(next.value.map((event) => form.frame(event)).join(''))
        } catch (error) {
          if (leaving.signal.aborted) return
          log('error', 'stream broke', { request: requestId, ...describeError(error) })
          send(form.error(internalError(requestId), last))
          controller.close()
        }
      },
      async cancel() {
        leaving.abort()
        await events.return()
        left?.()
      },
    },
    { highWaterMark: 0 },
  )
  joinHeaders(c)
  return new Response(body, {
    headers: {
      ...wireHeaders(c, 'text/event-stream; charset=utf-8'),
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
    },
  })
}

export interface StreamOptions {
  log: Log
  /** The position after which the stream begins. */
  from: EventId
  form?: StreamForm
  /** Called when the reader leaves before the end. */
  left?: (() => void) | undefined
}

/** Streams of the Assistants API end with `done`. An error is wrapped in an object, and nothing follows it (as recorded). */
function assistantsForm(c: Request): StreamForm {
  const incomplete = incompleteEvent(c)
  return {
    frame: (event) =>
      frame(event.event === 'thread.run.incomplete' ? incomplete : event.event, event.data, event),
    error: (error, last) => frame('error', JSON.stringify(error.body()), last),
    end: (last) => frame('done', '[DONE]', last),
  }
}

/** Lets the headers leave in one packet with the first events, where there are any already. */
function joinHeaders(c: Request): void {
  const { outgoing } = (c.env ?? {}) as { outgoing?: OutgoingMessage }
  outgoing?.cork()
  setImmediate(() => outgoing?.uncork())
}

/**
 * The id comes after the data, because some clients expect the name and the data in the first two lines of an event.
 */
const frame = (event: string, data: string, id: EventId) =>
  `event: ${event}\ndata: ${data}\nid: ${formatEventId(id)}\n\n`

/**
 * When the server closes, events on disk are still sent. The stream ends when nothing has arrived for this many
 * milliseconds.
 */
const closingGraceMs = 50

/** Undefined when `ms` have passed first. `closing` when the server closes and no event has arrived. */
async function within<T>(
  promise: Promise<T>,
  ms: number,
  closing: AbortSignal,
  revoked?: AbortSignal,
): Promise<T | undefined | 'closing' | 'revoked'> {
  if (revoked?.aborted) return 'revoked'
  const { promise: first, resolve } = Promise.withResolvers<undefined | 'closing' | 'revoked'>()
  let timer = setTimeout(resolve, ms, undefined)
  const close = () => {
    clearTimeout(timer)
    timer = setTimeout(resolve, closingGraceMs, 'closing')
  }
  const revoke = () => resolve('revoked')
  revoked?.addEventListener('abort', revoke)
  closing.addEventListener('abort', close)
  if (closing.aborted) close()
  try {
    return await Promise.race([promise, first])
  } finally {
    clearTimeout(timer)
    revoked?.removeEventListener('abort', revoke)
    closing.removeEventListener('abort', close)
  }
}
