import type { Context } from '../operations/context.ts'
import { contextOf, type Request } from './call.ts'

/** Aborted when the caller leaves, his key is taken away, or the server ends. Then the provider is not read any more. */
export function leaving(c: Request): AbortSignal {
  const { closing, caller } = c.get('call')
  return AbortSignal.any([c.req.raw.signal, closing, ...(caller ? [caller.key.revoked] : [])])
}

/** The context of an operation that is broken off when its caller leaves. */
export const attended = (c: Request): Context => ({ ...contextOf(c), leaving: leaving(c) })
