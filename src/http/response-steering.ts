import { LRUCache } from 'lru-cache'
import type { CreateResponseRequest } from '../contract/responses/create-response.ts'
import type { InputItem } from '../contract/responses/input-items.ts'
import type { Response } from '../contract/responses/response.ts'
import { inLane, numberedAfter } from '../contract/responses/socket-frames.ts'
import {
  requiredInput,
  steerAccepted,
  steerFailed,
  steerPending,
  steerRequest,
  strictSteerRequest,
  type RequiredInput,
  type SteerErrorCode,
} from '../contract/responses/steering.ts'
import type { RunEvent } from '../contract/run-events.ts'
import type { ApiError } from '../errors/errors.ts'
import { newSteerId } from '../common/ids.ts'
import { cannotSteer, cannotSteerEnded, notOfConnection, tooManySteers } from '../errors/steering-errors.ts'
import { maxJson, parse } from './input.ts'

/** How much may wait on a connection until it is taken up. Its bytes are no more than one frame may have. */
const maxSteers = 64
/** So many responses that are over are remembered, to tell why nothing can be said to them any more. */
const maxEnded = 64

type Settings = Omit<CreateResponseRequest, 'input'>

interface Steer {
  id: string
  /** As it was given. */
  input: unknown
  items: InputItem[]
  bytes: number
}

/** A response of the connection. */
export interface Target {
  readonly id: string
  readonly lane: string | undefined
  /** Why nothing can be said to it at all. */
  readonly unable: string | undefined
  /** `waits` for what its caller has to answer. `over` when it takes nothing more. */
  state: 'going' | 'waits' | 'over'
  status: string
  required: RequiredInput[]
  steers: Steer[]
  /** The number of the last frame that tells of it, and how many frames are no events of the response itself. */
  sent: { last: number; more: number }
}

/** What was said to a response, in its order, and now goes into another one. */
export interface Said {
  readonly target: Target
  readonly steers: readonly Steer[]
}

interface Parts {
  tell: (frame: string) => void
  endEarly: (id: string) => void
  isStrict: boolean
}

/**
 * What is said to the responses of one connection while they are made. Only the connection has it, until another response
 * takes it up (as in the original).
 */
export class Steering {
  readonly #parts: Parts
  /** Responses that are being made, and those to which something was said that waits. */
  readonly #targets = new Map<string, Target>()
  readonly #ended = new LRUCache<string, Target>({ max: maxEnded })
  /** What was said to responses that are over, until there is another one that takes it up. */
  readonly #between = new Set<Said>()
  #held = { steers: 0, bytes: 0 }

  constructor(parts: Parts) {
    this.#parts = parts
  }

  begin(id: string, lane: string | undefined, settings: Settings): Target {
    const target: Target = {
      id,
      lane,
      unable: unableOf(settings),
      state: 'going',
      status: 'in_progress',
      required: [],
      steers: [],
      sent: { last: -1, more: 0 },
    }
    this.#targets.set(id, target)
    return target
  }

  /** An event of a response as a frame. */
  frame({ lane, sent }: Target, { seq, data }: RunEvent): string {
    sent.last = seq - 1 + sent.more
    return inLane(numberedAfter(data, sent.more), lane)
  }

  /** Takes what a caller says to a response, and lets that response end early. Throws the wire's error. */
  take(given: unknown, bytes: number): void {
    const { tell, endEarly, isStrict } = this.#parts
    const { previous_response_id, input: items } = parse(isStrict ? strictSteerRequest : steerRequest, given)
    const target = this.#find(previous_response_id)
    if (!target) throw notOfConnection(previous_response_id)
    if (target.unable !== undefined) throw cannotSteer(target.unable)
    if (target.state === 'over') throw cannotSteerEnded(target.status)
    if (this.#held.steers >= maxSteers || this.#held.bytes + bytes > maxJson) throw tooManySteers(maxSteers)
    const steer = { id: newSteerId(), input: (given as { input: unknown }).input, items, bytes }
    target.steers.push(steer)
    this.#targets.set(target.id, target)
    this.#held.steers++
    this.#held.bytes += bytes
    tell(inLane(steerAccepted({ id: steer.id, previous_response_id }, nextNumber(target)), target.lane))
    if (target.state === 'waits') this.#tellPending(target, steer)
    else if (target.steers.length === 1) endEarly(target.id)
  }

  /** Tells that something was not taken. */
  refuse(given: unknown, { code, message }: Pick<ApiError, 'code' | 'message'>): void {
    const { previous_response_id, input } = given as { previous_response_id?: unknown; input?: unknown }
    const target = this.#find(typeof previous_response_id === 'string' ? previous_response_id : '')
    const told = { code: isSteerCode(code) ? code : ('invalid_input' as const), message }
    const at = target ? nextNumber(target) : 0
    this.#parts.tell(inLane(steerFailed({ previous_response_id, input }, at, told), target?.lane))
  }

  /**
   * A response has ended with this event, or is followed no more. Returns what another response has to take up now. What the
   * caller has to answer is waited for first.
   */
  end(target: Target, last: RunEvent | undefined): Said | undefined {
    target.status = last ? last.event.slice('response.'.length) : 'not followed any more'
    const goesOn = target.status === 'completed' || target.status === 'incomplete'
    if (last && goesOn && target.unable === undefined) {
      const { response } = JSON.parse(last.data) as { response: Response }
      target.required = requiredInput(response.output)
    }
    target.state = target.required.length > 0 ? 'waits' : 'over'
    if (target.state === 'waits' && target.steers.length > 0) {
      for (const steer of target.steers) this.#tellPending(target, steer)
      return undefined
    }
    const said = this.#release(target)
    if (said.steers.length > 0 && goesOn) return this.#hold(said)
    this.#fail(said, cannotSteerEnded(target.status).message, 'response_not_active')
    return undefined
  }

  /** What was said to the response that a request goes on with, which has waited for what the request brings. */
  claim(id: string | null | undefined, lane: string | undefined): Said | undefined {
    const target = this.#find(id ?? '')
    if (target?.state !== 'waits' || target.lane !== lane) return undefined
    target.state = 'over'
    return this.#hold(this.#release(target))
  }

  #hold(said: Said): Said {
    this.#between.add(said)
    return said
  }

  /** There is another response that has what was said. */
  takenUp(said: Said): void {
    this.#between.delete(said)
  }

  /** No response can take up what was said. */
  fail(said: Said, { message }: Pick<ApiError, 'message'>): void {
    if (this.#between.delete(said)) this.#fail(said, message, 'successor_creation_failed')
  }

  /** The connection ends, and with it whatever waits. */
  failAll(why: Pick<ApiError, 'message'>): void {
    for (const target of this.#targets.values()) this.#hold(this.#release(target))
    for (const said of this.#between) this.fail(said, why)
  }

  #fail({ target, steers }: Said, message: string, code: SteerErrorCode): void {
    for (const { id, input } of steers) {
      const steer = { id, previous_response_id: target.id, input }
      this.#parts.tell(inLane(steerFailed(steer, nextNumber(target), { code, message }), target.lane))
    }
  }

  #find = (id: string): Target | undefined => this.#targets.get(id) ?? this.#ended.get(id)

  #tellPending(target: Target, { id }: Steer): void {
    const steer = { id, previous_response_id: target.id }
    this.#parts.tell(inLane(steerPending(steer, nextNumber(target), target.required), target.lane))
  }

  /** Nothing waits for the response any more. */
  #release(target: Target): Said {
    const { steers } = target
    target.steers = []
    for (const { bytes } of steers) {
      this.#held.steers--
      this.#held.bytes -= bytes
    }
    this.#targets.delete(target.id)
    this.#ended.set(target.id, target)
    return { target, steers }
  }
}

/** The number of the next frame that tells of a response and is no event of it. */
function nextNumber({ sent }: Target): number {
  sent.more++
  return ++sent.last
}

/** Nothing is kept beside the connection, and so nothing for what others may go on with, or what goes on without it. */
function unableOf({
  conversation,
  context_management: compaction,
  background,
}: Settings): string | undefined {
  if (conversation !== undefined) return 'in a conversation'
  if (compaction !== undefined) return "with 'context_management'"
  return background ? 'in the background' : undefined
}

const steerCodes: ReadonlySet<string> = new Set<SteerErrorCode>([
  'response_not_found',
  'steering_not_supported',
  'too_many_pending_steers',
  'response_already_completed',
  'response_not_active',
])

const isSteerCode = (code: unknown): code is SteerErrorCode => steerCodes.has(String(code))
