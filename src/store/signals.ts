/**
 * Wake-ups between the parts of this process; those that a transaction raises reach other servers on its database as well.
 * A signal carries nothing and may be lost: whoever waits for one
 * looks in the database first and again after a while.
 */
export interface Signals {
  raise(name: string): void
  /** Calls `effect` at every raise until the returned function is called. */
  on(name: string, effect: () => void): () => void
}

/** A run was queued. */
export const runQueued = 'run queued'
/** A server was lost, and what it worked on waits for another. */
export const jobsLost = 'jobs lost'
/** A file was put into a vector store. */
export const fileAttached = 'file attached'
/** A run has begun to wait for files that may be in work already. */
export const filesAwaited = 'files awaited'
/** Files, a batch or a whole store were taken away from whoever works on them. */
export const filesWithdrawn = 'files withdrawn'
/** A file was indexed by its words alone: the embedding model could not be asked. */
export const vectorsMissing = 'vectors missing'
/** A file of some vector store is not in progress any more. */
export const fileSettled = 'file settled'
/** Its caller wants this run to stop. */
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
