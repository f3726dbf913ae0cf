/**
 * Wake-ups between the parts of this process. Signals that a transaction raises also reach other servers on its
 * database. A signal contains no data and may be lost, so a receiver looks in the database first, and again from time
 * to time.
 */
export interface Signals {
  raise(name: string): void
  /** Calls `effect` for every signal until the returned function is called. */
  on(name: string, effect: () => void): () => void
}

/** A run was queued. */
export const runQueued = 'run queued'
/** A server was lost, and its jobs wait for another one. */
export const jobsLost = 'jobs lost'
/** A file was put into a vector store. */
export const fileAttached = 'file attached'
/** A run has begun to wait for files that may already be in progress. */
export const filesAwaited = 'files awaited'
/** Files, a batch or a whole store were removed while a worker may be working on them. */
export const filesWithdrawn = 'files withdrawn'
/** A file was indexed without vectors, because the embedding model could not be asked. */
export const vectorsMissing = 'vectors missing'
/** A file of a vector store is no longer in progress. */
export const fileSettled = 'file settled'
/** The caller wants this run to stop. */
export const cancelRequested = (runId: string) => `cancel ${runId}`

export function createSignals(): Signals {
  const listeners = new Map<string, Set<() => void>>()
  return {
    raise(name) {
      for (const effect of listeners.get(name) ?? []) effect()
    },
    on(name, effect) {
      const set = listeners.get(name) ?? new Set()
      listeners.set(name, set.add(effect))
      return () => {
        set.delete(effect)
        if (set.size === 0 && listeners.get(name) === set) listeners.delete(name)
      }
    },
  }
}
