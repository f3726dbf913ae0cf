import type { WebSocket } from 'ws'
import type { ZodType } from 'zod'
import {
  createResponseRequest,
  strictCreateResponseRequest,
  type CreateResponseRequest,
} from '../contract/responses/create-response.ts'
import type { InputItem } from '../contract/responses/input-items.ts'
import { isFields } from '../contract/responses/refused.ts'
import { malformedBody } from '../contract/responses/response-queries.ts'
import type { ResponseRecord } from '../contract/responses/response.ts'
import { socketFrame, toldOnly, type SocketFrame } from '../contract/responses/socket-frames.ts'
import { steerType } from '../contract/responses/steering.ts'
import { logStart, type RunEvent } from '../contract/run-events.ts'
import type { ApiError } from '../errors/errors.ts'
import { newRequestId } from '../common/ids.ts'
import { describeError, type Log } from '../common/log.ts'
import { admitRequest } from '../operations/admit.ts'
import { abandonResponse } from '../operations/cancel-response.ts'
import type { Context } from '../operations/context.ts'
import { createResponse, type BegunResponse, type OfConnection } from '../operations/create-response.ts'
import { endEarly } from '../operations/end-early.ts'
import { followResponse } from '../operations/follow-response.ts'
import { connectionTooOld, tooManyLanes, tooMuchWaits, unknownFrame } from '../errors/response-errors.ts'
import type { Observer } from '../telemetry/observer.ts'
import { bodyRefusal } from './body-refusal.ts'
import type { RequestState } from './call.ts'
import { HeldFrames } from './held-frames.ts'
import { maxJson, parse } from './input.ts'
import { requestDone } from './observe-request.ts'
import { Lanes } from './response-lanes.ts'
import { Steering, type Said } from './response-steering.ts'
import { SocketOutput } from './socket-output.ts'
import { watchSocket } from './socket-watch.ts'
import { toApiError } from './to-api-error.ts'

/** How long a connection may be used, in minutes, and what it may have at once (as documented). */
const most = { minutes: 60, responses: 16, lanes: 32 }
/** How many requests may be at work or wait. Their frames have no more bytes together than one may have. */
const maxWaiting = 256

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

/** A request that is answered: a frame of the caller, or what goes on with a response to which he has said something. */
interface Asked extends Pick<RequestState, 'requestId' | 'began' | 'caller' | 'run'> {
  bytes: number
}

interface Created {
  request: CreateResponseRequest
  begun: BegunResponse
}

/** What was said to a response that is over, which another one with the same settings goes on with. */
interface Next {
  asked: Asked
  said: Said
  request: CreateResponseRequest
}

class ResponseSocket {
  readonly #socket: WebSocket
  readonly #output: SocketOutput
  readonly #parts: SocketParts
  /** The last response of each lane, when it has answered. It can be gone on with although it is not stored. */
  readonly #latest = new Map<string | undefined, string>()
  readonly #lanes = new Lanes({ named: most.lanes, atOnce: most.responses })
  /** Frames are taken in the order in which they came, also when a long one takes longer to be read. */
  #reading = Promise.resolve()
  /** Those of requests that are being answered or wait. */
  readonly #held = new HeldFrames({ frames: maxWaiting, bytes: maxJson })
  /** Those of them that are not read yet. */
  readonly #unread = new HeldFrames({ frames: maxWaiting, bytes: maxJson })
  readonly #steering: Steering
  #isTooOld = false
  readonly #leaving = new AbortController()

  constructor(socket: WebSocket, parts: SocketParts) {
    this.#socket = socket
    this.#output = new SocketOutput(socket)
    this.#parts = parts
    this.#steering = new Steering({
      tell: (frame) => this.#output.tell(frame),
      endEarly: (id) => this.#endEarly(id),
      isStrict: parts.ctx.responses.isStrict,
    })
  }

  open(): void {
    watchSocket(this.#socket, this.#parts.call, {
      maxMinutes: most.minutes,
      receive: (data) => this.#receive(data),
      growOld: () => this.#growOld(),
      close: (code, why) => this.#close(code, why),
      closed: () => this.#leaving.abort(),
    })
  }

  #receive(data: Buffer): void {
    const bytes = data.byteLength
    const isFull = this.#held.isFullFor(bytes)
    const asked = this.#ask(bytes)
    if (this.#unread.isFullFor(bytes)) return this.#end(asked, tooMuchWaits(maxWaiting))
    this.#unread.add(bytes)
    let lane: string | undefined
    const read = this.#reading.then(async () => {
      const given = await this.#parseJson(data, socketFrame).finally(() => this.#unread.remove(bytes))
      // What is said to a response does not wait behind requests.
      if (isFields(given) && given['type'] === steerType) return this.#steer(asked, given)
      const frame = parse(socketFrame, given)
      lane = frame.stream_id
      if (isFull) throw tooMuchWaits(maxWaiting)
      this.#begin(asked, frame)
    })
    this.#reading = read.catch((error: unknown) =>
      this.#end(asked, error, (told) => this.#output.refuse(told, lane)),
    )
  }

  #ask(bytes: number): Asked {
    const { caller } = this.#parts.call
    this.#held.add(bytes)
    return { requestId: newRequestId(), began: performance.now(), caller, run: undefined, bytes }
  }

  async #parseJson(data: Buffer, schema: ZodType): Promise<unknown> {
    const parsed = await this.#parts.call.json.parse(new Uint8Array(data))
    if ('problem' in parsed) throw bodyRefusal(parsed, schema, malformedBody)
    return parsed.value
  }

  /** Takes what is said to a response. */
  #steer(asked: Asked, given: unknown): void {
    try {
      if (this.#isTooOld) throw connectionTooOld(most.minutes)
      this.#steering.take(given, asked.bytes)
      this.#end(asked)
    } catch (error) {
      this.#end(asked, error, (told) => this.#steering.refuse(given, told))
    }
  }

  /** Puts a frame into its lane. */
  #begin(asked: Asked, frame: SocketFrame): void {
    const { type, stream_id: lane } = frame
    if (type === toldOnly) return this.#end(asked)
    if (type !== 'response.create') throw unknownFrame(type)
    if (this.#isTooOld) throw connectionTooOld(most.minutes)
    if (!this.#lanes.admits(lane)) throw tooManyLanes(most.lanes)
    void this.#lanes.run(lane, () => this.#respond(asked, frame))
  }

  /** Answers one frame, and whatever is said to its response. Never rejects. */
  async #respond(asked: Asked, frame: SocketFrame): Promise<void> {
    const { previous_response_id: previous, stream_id: lane } = frame
    const claimed = this.#steering.claim(previous, lane)
    const create = () => this.#create(frame, claimed)
    let next = await this.#serve(asked, lane, create, (told) => {
      this.#output.refuse(told, lane)
      if (claimed) this.#steering.fail(claimed, told)
    })
    while (next) {
      const { said, request } = next
      const goOn = () => this.#goOn(request, said)
      next = await this.#serve(next.asked, lane, goOn, (told) => this.#steering.fail(said, told))
    }
  }

  /** `refuse` tells the caller that nothing was created. */
  async #serve(
    asked: Asked,
    lane: string | undefined,
    create: () => Promise<Created>,
    refuse: (told: ApiError) => void,
  ): Promise<Next | undefined> {
    let tell = refuse
    try {
      this.#leaving.signal.throwIfAborted()
      const { begun, request } = await create()
      tell = (told) => this.#output.refuse(told, lane)
      asked.run = begun.queued.id
      const said = await this.#follow(begun, lane, request)
      const next = said && { said, request, asked: this.#ask(asked.bytes) }
      this.#end(asked)
      return next
    } catch (error) {
      this.#end(asked, error, tell)
      return undefined
    }
  }

  async #create(frame: SocketFrame, claimed: Said | undefined): Promise<Created> {
    const { ctx } = this.#parts
    const { type: _type, stream_id: lane, generate, ...body } = frame
    const latest = [...this.#latest.values()].find((id) => id === frame.previous_response_id)
    // What is refused in its own lane is not tried again from the same place. Other lanes may have gone on with it.
    if (latest !== undefined && this.#latest.get(lane) === latest) this.#latest.delete(lane)
    const schema = ctx.responses.isStrict ? strictCreateResponseRequest : createResponseRequest
    const request = parse(schema, { ...body, stream: true })
    const input = [...inputOf(claimed), ...request.input]
    await admitRequest(ctx.admission, ctx)
    const of = { latest, generate: generate ?? undefined }
    const begun = await this.#write({ ...request, input }, of)
    if (claimed) this.#steering.takenUp(claimed)
    return { begun, request: { ...request, input: [] } }
  }

  async #goOn(request: CreateResponseRequest, said: Said): Promise<Created> {
    const { ctx } = this.#parts
    const { id } = said.target
    await admitRequest(ctx.admission, ctx)
    const next = { ...request, input: inputOf(said), previous_response_id: id }
    const begun = await this.#write(next, { latest: id })
    this.#steering.takenUp(said)
    return { begun, request }
  }

  #write(request: CreateResponseRequest, of: OfConnection): Promise<BegunResponse> {
    const { signal } = this.#leaving
    return createResponse({ ...this.#parts.ctx, leaving: signal }, request, { ...of, open: signal })
  }

  /** Sends the events of a response. Returns what was said to it meanwhile, and now has to be taken up. */
  async #follow(
    { queued, live, begunHere }: BegunResponse,
    lane: string | undefined,
    request: CreateResponseRequest,
  ): Promise<Said | undefined> {
    const target = this.#steering.begin(queued.id, lane, request)
    const follow = { from: logStart, until: 'end' as const, live, begunHere }
    let last: RunEvent | undefined
    try {
      for await (const events of followResponse(this.#parts.ctx, queued, follow, this.#leaving.signal)) {
        await this.#output.send(events.map((event) => this.#steering.frame(target, event)))
        last = events.at(-1) ?? last
      }
    } catch (error) {
      this.#steering.end(target, undefined)
      throw error
    } finally {
      if (this.#leaving.signal.aborted) this.#abandon(queued)
    }
    if (last?.event === 'response.completed' || last?.event === 'response.incomplete')
      this.#latest.set(lane, queued.id)
    return this.#steering.end(target, last)
  }

  /** Nobody else reads a response of a connection that is gone, unless it is in the background. */
  #abandon({ id, request }: ResponseRecord): void {
    const { ctx, log, call } = this.#parts
    if (request.background || call.closing.aborted) return
    abandonResponse(ctx, id).catch((error: unknown) =>
      log('error', 'a response without a reader could not be ended', { run: id, ...describeError(error) }),
    )
  }

  #endEarly(id: string): void {
    const { ctx, log } = this.#parts
    endEarly(ctx, id).catch((error: unknown) =>
      log('error', 'a response could not be ended early', { run: id, ...describeError(error) }),
    )
  }

  /** Tells the caller of an error, where there is one, and logs and counts the request. The connection stays open. */
  #end(asked: Asked, error?: unknown, tell = (told: ApiError) => this.#output.refuse(told, undefined)): void {
    const { log, observer, route } = this.#parts
    const left = this.#leaving.signal.aborted
    const told = error === undefined || left ? undefined : toApiError(error, asked.requestId, log)
    if (told) tell(told)
    requestDone(asked, { log, observer, method: 'WEBSOCKET', route, status: told?.status ?? 200, left })
    this.#held.remove(asked.bytes)
    if (this.#isTooOld && this.#held.count === 0) this.#close(1001, connectionTooOld(most.minutes))
  }

  /** What is being answered is answered to its end. */
  #growOld(): void {
    this.#isTooOld = true
    if (this.#held.count === 0) this.#close(1001, connectionTooOld(most.minutes))
  }

  #close(code: number, why: ApiError): void {
    this.#steering.failAll(why)
    this.#output.refuse(why, undefined)
    this.#socket.close(code)
    this.#leaving.abort()
  }
}

const inputOf = (said: Said | undefined): InputItem[] => (said?.steers ?? []).flatMap(({ items }) => items)
