import type { WebSocket } from 'ws'
import type { ZodType } from 'zod'
import { createResponseRequest, strictCreateResponseRequest } from '../contract/responses/create-response.ts'
import { malformedBody } from '../contract/responses/response-queries.ts'
import type { ResponseRecord } from '../contract/responses/response.ts'
import {
  eventFrame,
  socketFrame,
  steeringFailed,
  toldOnly,
  type SocketFrame,
} from '../contract/responses/socket-frames.ts'
import { logStart, type RunEvent } from '../contract/run-events.ts'
import { ApiError, keyWasRevoked } from '../errors.ts'
import { newRequestId } from '../ids.ts'
import { describeError, type Log } from '../log.ts'
import { admitRequest } from '../operations/admit.ts'
import { abandonResponse } from '../operations/cancel-response.ts'
import type { Context } from '../operations/context.ts'
import { createResponse } from '../operations/create-response.ts'
import { followResponse } from '../operations/follow-response.ts'
import {
  connectionTooOld,
  serverCloses,
  tooManyLanes,
  tooMuchWaits,
  unknownFrame,
} from '../response-errors.ts'
import type { Observer } from '../telemetry/observer.ts'
import { bodyRefusal } from './body-refusal.ts'
import type { RequestState } from './call.ts'
import { maxJson, parse } from './input.ts'
import { requestDone } from './observe-request.ts'
import { Lanes } from './response-lanes.ts'
import { toApiError } from './to-api-error.ts'

/** How long a connection may be used, in minutes, and what it may have at once (as documented). */
const most = { minutes: 60, responses: 16, lanes: 32 }
/** How many requests may be at work or wait. Their frames have no more bytes together than one may have. */
const maxWaiting = 256
/** Nothing more is read of a caller who leaves so many bytes of answers unread. */
const maxUnread = 1024 ** 2
const pingMs = 20_000
/** A caller who reads nothing answers no ping. So many later he is taken to be gone. */
const maxUnansweredPings = 15
/** What was written for a caller who reads is sent before the server closes, in milliseconds. */
const closingGraceMs = 50

export interface SocketParts {
  ctx: Context
  call: RequestState
  route: string
  log: Log
  observer: Observer
}

/** Serves one connection of WebSocket mode until one of its sides ends it. */
export function serveResponseSocket(socket: WebSocket, parts: SocketParts): void {
  new ResponseSocket(socket, parts).open()
}

/** What one frame of the caller asks for. */
interface Asked extends Pick<RequestState, 'requestId' | 'began' | 'caller' | 'run'> {
  bytes: number
}

class ResponseSocket {
  readonly #socket: WebSocket
  readonly #parts: SocketParts
  /** The last response of each lane, when it has answered. It can be gone on with although it is not stored. */
  readonly #latest = new Map<string | undefined, string>()
  readonly #lanes = new Lanes({ named: most.lanes, atOnce: most.responses })
  /** Frames are taken in the order in which they came, also when a long one takes longer to be read. */
  #reading = Promise.resolve()
  /** How many requests are being answered or wait, and the bytes of their frames. */
  #held = { requests: 0, bytes: 0 }
  #isTooOld = false
  readonly #leaving = new AbortController()

  constructor(socket: WebSocket, parts: SocketParts) {
    this.#socket = socket
    this.#parts = parts
  }

  open(): void {
    const socket = this.#socket
    const { closing, caller } = this.#parts.call
    const revoked = caller?.key.revoked
    let unanswered = 0
    const ping = setInterval(() => {
      if (unanswered++ === maxUnansweredPings) return socket.terminate()
      socket.ping()
    }, pingMs)
    const age = setTimeout(() => this.#growOld(), most.minutes * 60_000)
    const close = () => void setTimeout(() => this.#close(1001, serverCloses()), closingGraceMs)
    const revoke = () => this.#close(1008, keyWasRevoked())
    closing.addEventListener('abort', close, { once: true })
    revoked?.addEventListener('abort', revoke, { once: true })
    socket.on('pong', () => (unanswered = 0))
    socket.on('message', (data: Buffer) => {
      unanswered = 0
      this.#receive(data)
    })
    // What is no frame ends the connection, with the code that says why. It has been sent already.
    socket.on('error', () => setTimeout(() => socket.terminate(), closingGraceMs))
    socket.on('close', () => {
      clearInterval(ping)
      clearTimeout(age)
      closing.removeEventListener('abort', close)
      revoked?.removeEventListener('abort', revoke)
      this.#leaving.abort()
    })
    if (closing.aborted) close()
    if (revoked?.aborted) revoke()
  }

  #receive(data: Buffer): void {
    const { caller } = this.#parts.call
    const bytes = data.byteLength
    const asked = { requestId: newRequestId(), began: performance.now(), caller, run: undefined, bytes }
    const { requests } = this.#held
    const isFull = requests >= maxWaiting || (requests > 0 && this.#held.bytes + bytes > maxJson)
    this.#held.requests++
    this.#held.bytes += bytes
    if (isFull) return this.#end(asked, tooMuchWaits(maxWaiting), undefined)
    let lane: string | undefined
    const read = this.#reading.then(async () => {
      const frame = await this.#read(data)
      lane = frame.stream_id
      this.#begin(asked, frame)
    })
    this.#reading = read.catch((error: unknown) => this.#end(asked, error, lane))
  }

  async #read(data: Buffer): Promise<SocketFrame> {
    return parse(socketFrame, await this.#parseJson(data, socketFrame))
  }

  async #parseJson(data: Buffer, schema: ZodType): Promise<unknown> {
    const parsed = await this.#parts.call.json.parse(new Uint8Array(data))
    if ('problem' in parsed) throw bodyRefusal(parsed, schema, malformedBody)
    return parsed.value
  }

  /** Puts a frame into its lane. */
  #begin(asked: Asked, frame: SocketFrame): void {
    const { type, stream_id: lane } = frame
    if (type === toldOnly) return this.#end(asked)
    if (type === 'response.steer') {
      void this.#send([steeringFailed(frame)])
      return this.#end(asked)
    }
    if (type !== 'response.create') throw unknownFrame(type)
    if (this.#isTooOld) throw connectionTooOld(most.minutes)
    if (!this.#lanes.admits(lane)) throw tooManyLanes(most.lanes)
    void this.#lanes.run(lane, () => this.#respond(asked, frame))
  }

  /** Answers one frame. Never rejects. */
  async #respond(asked: Asked, frame: SocketFrame): Promise<void> {
    try {
      this.#leaving.signal.throwIfAborted()
      await this.#answer(asked, frame)
      this.#end(asked)
    } catch (error) {
      this.#end(asked, error, frame.stream_id)
    }
  }

  async #answer(asked: Asked, frame: SocketFrame): Promise<void> {
    const { ctx } = this.#parts
    const { type: _type, stream_id: lane, generate, ...body } = frame
    const latest = [...this.#latest.values()].find((id) => id === frame.previous_response_id)
    // What is refused in its own lane is not tried again from the same place. Other lanes may have gone on with it.
    if (latest !== undefined && this.#latest.get(lane) === latest) this.#latest.delete(lane)
    const schema = ctx.responses.isStrict ? strictCreateResponseRequest : createResponseRequest
    const input = parse(schema, { ...body, stream: true })
    await admitRequest(ctx.admission, ctx)
    const begun = await createResponse({ ...ctx, leaving: this.#leaving.signal }, input, {
      latest,
      generate: generate ?? undefined,
    })
    asked.run = begun.queued.id
    const { queued, live, begunHere } = begun
    const follow = { from: logStart, until: 'end' as const, live, begunHere }
    let last: RunEvent | undefined
    try {
      for await (const events of followResponse(ctx, queued, follow, this.#leaving.signal)) {
        await this.#send(events.map(({ data }) => eventFrame(data, lane)))
        last = events.at(-1) ?? last
      }
    } finally {
      if (this.#leaving.signal.aborted) this.#abandon(queued)
    }
    if (last?.event === 'response.completed' || last?.event === 'response.incomplete')
      this.#latest.set(lane, queued.id)
  }

  /** Nobody else reads a response of a connection that is gone, unless it is in the background. */
  #abandon({ id, request }: ResponseRecord): void {
    const { ctx, log, call } = this.#parts
    if (request.background || call.closing.aborted) return
    abandonResponse(ctx, id).catch((error: unknown) =>
      log('error', 'a response without a reader could not be ended', { run: id, ...describeError(error) }),
    )
  }

  /** Resolves when the last of the frames has left, so that a slow reader holds one batch at most. */
  async #send(frames: string[]): Promise<void> {
    const sent = frames.map(
      (frame) => new Promise<void>((resolve) => this.#socket.send(frame, () => resolve())),
    )
    await Promise.all(sent)
  }

  /** Tells the caller of an error, where there is one, and logs and counts the request. The connection stays open. */
  #end(asked: Asked, error?: unknown, lane?: string): void {
    const { log, observer, route } = this.#parts
    const left = this.#leaving.signal.aborted
    const told = error === undefined || left ? undefined : toApiError(error, asked.requestId, log)
    if (told) this.#refuse(told, lane)
    requestDone(asked, { log, observer, method: 'WEBSOCKET', route, status: told?.status ?? 200, left })
    this.#held.requests--
    this.#held.bytes -= asked.bytes
    if (this.#isTooOld && this.#held.requests === 0) this.#close(1001, connectionTooOld(most.minutes))
  }

  /** A code is never null here. */
  #refuse(error: ApiError, lane: string | undefined): void {
    const { code, ...told } = error.body().error
    const frame = { type: 'error', status: error.status, error: { ...told, code: code ?? error.type } }
    const sent = this.#send([eventFrame(JSON.stringify(frame), lane)])
    if (this.#socket.bufferedAmount < maxUnread) return
    this.#socket.pause()
    void sent.then(() => this.#socket.resume())
  }

  /** What is being answered is answered to its end. */
  #growOld(): void {
    this.#isTooOld = true
    if (this.#held.requests === 0) this.#close(1001, connectionTooOld(most.minutes))
  }

  #close(code: number, why: ApiError): void {
    this.#refuse(why, undefined)
    this.#socket.close(code)
    this.#leaving.abort()
  }
}
