import type { SeenEvent } from '../../runs.ts'
import type { Json } from './client.ts'
import type { Task } from './model.ts'

/** A run as its client knows it. */
export interface KnownRun {
  id: string
  threadId: string
  task: Task
  token: string
  /** The word that its search finds. */
  word?: string | undefined
  /** The events of all its streams, in order. Undefined for a run that is polled. */
  seen: SeenEvent[] | undefined
  /** The acknowledged outputs of its functions, by call. */
  outputs: Map<string, string>
  /** True when the answer to an acknowledged cancel showed that the run will not complete. */
  cancelled: boolean
}

/** A response in the background as its client knows it. */
export interface KnownResponse {
  id: string
  token: string
  /** The events of all its streams, in order. */
  seen: SeenEvent[]
  /** The text of its answer. Undefined where it is cancelled, or ends with calls. */
  answer: string | undefined
  cancelled: boolean
}

/** A conversation, with the answers that it must have, in order. */
export interface KnownConversation {
  id: string
  answers: string[]
}

/** A vector store, with a word for each of its files that no other file contains. */
export interface KnownStore {
  id: string
  words: Map<string, string>
  /** The words of files that were removed. */
  gone: string[]
}

/**
 * Everything that servers have acknowledged. A write without an answer is not included, because its result is unknown.
 */
export interface Ledger {
  /** The objects as they were when they were made, by path. */
  objects: Map<string, Json>
  deleted: Set<string>
  /** The contents of files, by id. */
  contents: Map<string, string>
  runs: Map<string, KnownRun>
  responses: Map<string, KnownResponse>
  conversations: KnownConversation[]
  stores: KnownStore[]
  /** How often a client received something. */
  heard: number
  /** The number of writes without an answer. */
  unknown: number
}

export const newLedger = (): Ledger => ({
  objects: new Map(),
  deleted: new Set(),
  contents: new Map(),
  runs: new Map(),
  responses: new Map(),
  conversations: [],
  stores: [],
  heard: 0,
  unknown: 0,
})
