import type { Context } from '../operations/context.ts'
import type { KnownKey } from '../operations/access.ts'
import type { Caller } from './call.ts'

/** Makes what the operations need to know about the holder of a key, once for each key. */
export function callers(parts: Omit<Context, 'project' | 'apiKey'>): (key: KnownKey) => Caller {
  const made = new WeakMap<KnownKey, Caller>()
  return (key) => {
    const before = made.get(key)
    if (before) return before
    const caller = callerOf(key, parts)
    made.set(key, caller)
    return caller
  }
}

function callerOf(key: KnownKey, parts: Omit<Context, 'project' | 'apiKey'>): Caller {
  if (key.project !== '')
    return { key, project: { ...parts, project: key.project, apiKey: key.id }, organization: undefined }
  const { db, catalog } = parts
  const actor = { type: 'api_key', api_key: { id: key.id, type: 'user' } } as const
  return { key, project: undefined, organization: { db, catalog, actor } }
}
