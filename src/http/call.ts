import type { Context as HonoContext, Hono } from 'hono'
import type { Context } from '../operations/context.ts'
import type { CountedRates } from '../operations/admit.ts'
import type { OrganizationContext } from '../operations/organization-context.ts'
import type { KnownKey } from '../operations/access.ts'
import { needsAdminKey, needsProjectKey } from './auth.ts'
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
  /** The id of the run that the request is about, for the log. */
  run?: string | undefined
  /** The limits per minute that the request was counted against. */
  counted?: CountedRates | undefined
  /** Set when the caller is known. */
  caller?: Caller | undefined
}

export interface Caller {
  key: KnownKey
  /** Undefined for an admin key, which belongs to no project. */
  project: Context | undefined
  /** Undefined for the key of a project. */
  organization: OrganizationContext | undefined
}

export type Env = { Variables: { call: RequestState } }
export type Api = Hono<Env>
export type Request = HonoContext<Env>

/** The context of the caller, for the operations on what is in a project. */
export function contextOf(c: Request): Context {
  const context = c.get('call').caller?.project
  if (!context) throw needsProjectKey()
  return context
}

/** The same for the administration API. */
export function organizationOf(c: Request): OrganizationContext {
  const context = c.get('call').caller?.organization
  if (!context) throw needsAdminKey()
  return context
}
