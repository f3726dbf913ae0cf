/**
 * Wake-ups between the parts of this process. Signals that a transaction raises, and those that are told, also reach other
 * servers on its database. A signal names one thing at most and may be lost, so a receiver looks in the database first, and
 * again from time to time.
 */
export interface Signals {
  raise(name: string, of?: string): void
  /** Raises the signal in the other servers on the database. */
  tell(name: string, of?: string): void
  /** Calls `effect` for every signal until the returned function is called. `of` is what the signal names, or ''. */
  on(name: string, effect: (of: string) => void): () => void
}

/** A run was queued. It names the server that should take it, if one has the Python session of its thread. */
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
/** Somebody reads the events of a run in a server that does not work on it. It names the run. */
export const runFollowed = 'run followed'
/** Events of a run are on disk, and somebody follows it in another server. It names the run. */
export const runWritten = 'run written'
/** A server wants to know of, or end, the Python session of a thread that another one has. */
export const sessionAsked = 'session asked'
/** The answer to such a question. */
export const sessionTold = (questionId: string) => `session told ${questionId}`
/** A project or a key was made, changed or taken away. */
export const accessChanged = 'access changed'
/** The caller wants this run to stop. */
export const cancelRequested = (runId: string) => `cancel ${runId}`
/** The caller wants this run to end at the next point at which nothing of it is half done. */
export const earlyEndRequested = (runId: string) => `end ${runId}`

export function createSignals(): Signals {
  const listeners = new Map<string, Set<(of: string) => void>>()
  return {
    raise(name, of = '') {
      for (const effect of listeners.get(name) ?? []) effect(of)
    },
    // Nobody else is known here: other processes on the same file look by themselves.
    tell: () => {},
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
