import type { Context as HonoContext, Hono } from 'hono'
import type { Context } from '../operations/context.ts'
import type { JsonParser } from './json-parser.ts'

/** What is known of a request beside itself. */
export interface RequestState {
  requestId: string
  /** On the clock of `performance.now()`. */
  began: number
  /** The body, once somebody reads it as it arrives. */
  body?: ReadableStreamDefaultReader<Uint8Array> | undefined
  json: JsonParser
  /** Aborted when the server closes: streams end then. */
  closing: AbortSignal
  /** Set once the caller is known. */
  ctx: Context
}

export type Env = { Variables: { call: RequestState } }
export type Api = Hono<Env>
export type Request = HonoContext<Env>

/** What operations work with, on behalf of whoever sent this request. */
export const contextOf = (c: Request): Context => c.get('call').ctx
