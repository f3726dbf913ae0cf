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
import { connectionTooOld, serverCloses, tooManyAtOnce, unknownFrame } from '../response-errors.ts'
import type { Observer } from '../telemetry/observer.ts'
import { bodyRefusal } from './body-refusal.ts'
import type { RequestState } from './call.ts'
import { parse } from './input.ts'
import { requestDone } from './observe-request.ts'
import { toApiError } from './to-api-error.ts'

/** How long a connection may be used, in minutes, and what it may have at once (as recorded). */
const most = { minutes: 60, responses: 16, lanes: 32 }
/** A connection of which nothing is heard for two of these is given up, in milliseconds. */
const pingMs = 20_000
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
  frame: SocketFrame
}

class ResponseSocket {
  readonly #socket: WebSocket
  readonly #parts: SocketParts
  /** The last response of each lane, when it has answered. It can be gone on with although it is not stored. */
  readonly #latest = new Map<string, string>()
  /** The end of the last work of each lane. */
  readonly #lanes = new Map<string, Promise<void>>()
  /** Frames are taken in the order in which they came, also when a long one takes longer to be read. */
  #reading = Promise.resolve()
  /** How many responses are being answered, or wait for their lane. */
  #atWork = 0
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
    let isHeard = true
    const ping = setInterval(() => {
      if (!isHeard) return socket.terminate()
      isHeard = false
      socket.ping()
    }, pingMs)
    const age = setTimeout(() => this.#growOld(), most.minutes * 60_000)
    const close = () => void setTimeout(() => this.#close(1001, serverCloses()), closingGraceMs)
    const revoke = () => this.#close(1008, keyWasRevoked())
    closing.addEventListener('abort', close, { once: true })
    revoked?.addEventListener('abort', revoke, { once: true })
    socket.on('pong', () => (isHeard = true))
    socket.on('message', (data: Buffer) => {
      isHeard = true
      this.#receive(data)
    })
    // What is no frame ends the connection, with the code that says why.
    socket.on('error', () => socket.terminate())
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
    const call = { requestId: newRequestId(), began: performance.now(), caller, run: undefined }
    if (this.#atWork >= most.responses) {
      this.#refuse(tooManyAtOnce(most.responses, 'responses at once'), undefined)
      return
    }
    this.#atWork++
    const read = this.#reading.then(async () => this.#begin({ ...call, frame: await this.#read(data) }))
    this.#reading = read.then(
      () => {},
      (error: unknown) => {
        this.#refuse(this.#explain(error, call), undefined)
        this.#done()
      },
    )
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
  #begin(asked: Asked): void {
    const { type, stream_id: lane } = asked.frame
    if (type === toldOnly) return this.#done()
    if (type === 'response.steer') {
      void this.#send([steeringFailed(asked.frame.previous_response_id ?? '')])
      return this.#done()
    }
    if (type !== 'response.create') throw unknownFrame(type)
    if (this.#isTooOld) throw connectionTooOld(most.minutes)
    const name = lane ?? ''
    if (!this.#lanes.has(name) && this.#lanes.size >= most.lanes) throw tooManyAtOnce(most.lanes, 'streams')
    const before = this.#lanes.get(name) ?? Promise.resolve()
    this.#lanes.set(
      name,
      before.then(() => this.#respond(asked)).finally(() => this.#done()),
    )
  }

  /** Answers one frame. Never rejects. */
  async #respond(asked: Asked): Promise<void> {
    const { stream_id: lane } = asked.frame
    let status = 200
    try {
      this.#leaving.signal.throwIfAborted()
      await this.#answer(asked)
    } catch (error) {
      if (!this.#leaving.signal.aborted) {
        const told = this.#explain(error, asked)
        status = told.status
        this.#refuse(told, lane)
      }
    }
    const { log, observer, route } = this.#parts
    const left = this.#leaving.signal.aborted
    requestDone(asked, { log, observer, method: 'WEBSOCKET', route, status, left })
  }

  async #answer(asked: Asked): Promise<void> {
    const { ctx } = this.#parts
    const { type: _type, stream_id: lane, generate, ...body } = asked.frame
    const schema = ctx.responses.isStrict ? strictCreateResponseRequest : createResponseRequest
    const input = parse(schema, { ...body, stream: true })
    const latest = [...this.#latest.values()].find((id) => id === input.previous_response_id)
    // A continuation that is refused is not tried again from the same place.
    if (latest !== undefined) this.#forget(latest)
    await admitRequest(ctx.admission, ctx)
    const begun = await createResponse(ctx, input, { latest, generate: generate ?? undefined })
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
      this.#latest.set(lane ?? '', queued.id)
  }

  #forget(id: string): void {
    for (const [lane, one] of this.#latest) if (one === id) this.#latest.delete(lane)
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

  #explain(error: unknown, { requestId }: Pick<Asked, 'requestId'>): ApiError {
    return toApiError(error, requestId, this.#parts.log)
  }

  /** The connection stays open, and the next frame is answered. A code is never null here. */
  #refuse(error: ApiError, lane: string | undefined): void {
    const { code, ...told } = error.body().error
    const frame = { type: 'error', status: error.status, error: { ...told, code: code ?? error.type } }
    void this.#send([eventFrame(JSON.stringify(frame), lane)])
  }

  #done(): void {
    this.#atWork--
    if (this.#isTooOld && this.#atWork === 0) this.#close(1000, connectionTooOld(most.minutes))
  }

  /** What is being answered is answered to its end. */
  #growOld(): void {
    this.#isTooOld = true
    if (this.#atWork === 0) this.#close(1000, connectionTooOld(most.minutes))
  }

  #close(code: number, why: ApiError): void {
    this.#refuse(why, undefined)
    this.#socket.close(code)
    this.#leaving.abort()
  }
}
