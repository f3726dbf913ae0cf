import type { RunStatus } from '../contract/run-status.ts'

/**
 * Every event that a run of the Assistants API writes into its log, by its name on the wire. Nothing else can be written:
 * the compiler compares each use with this list. What `http/sse.ts` adds at the end of a stream is not in the log.
 */
export type EventName =
  | 'thread.created'
  | `thread.run.${'created' | RunStatus}`
  | `thread.run.step.${'created' | 'in_progress' | 'delta' | 'completed' | 'failed' | 'cancelled' | 'expired'}`
  | `thread.message.${'created' | 'in_progress' | 'delta' | 'completed' | 'incomplete'}`
