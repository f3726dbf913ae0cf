import type { Context as HonoContext, Hono } from 'hono'
import type { Context } from '../operations/context.ts'
import type { JsonParser } from './json-parser.ts'

/** What the server knows about a request in addition to the request itself. */
export interface RequestState {
  requestId: string
  /** Measured with `performance.now()`. */
  began: number
  /** The reader of the body, once somebody has begun to read it. */
  body?: ReadableStreamDefaultReader<Uint8Array> | undefined
  json: JsonParser
  /** Aborted when the server closes. Streams then end. */
  closing: AbortSignal
  /** Set when the caller is known. */
  ctx: Context
}

export type Env = { Variables: { call: RequestState } }
export type Api = Hono<Env>
export type Request = HonoContext<Env>

/** The context of the caller, for the operations. */
export const contextOf = (c: Request): Context => c.get('call').ctx
