import type { SeenEvent } from '../../runs.ts'
import type { Json } from './client.ts'
import type { Task } from './model.ts'

/** A run as its client knows it. */
export interface KnownRun {
  id: string
  threadId: string
  task: Task
  token: string
  /** Of its streams, put together; undefined for one that is polled. */
  seen: SeenEvent[] | undefined
  /** Acknowledged: what its functions gave, by call. */
  outputs: Map<string, string>
  /** The answer to an acknowledged cancel showed that it will not complete. */
  cancelled: boolean
}

/** A file of a vector store, with the word that no other file has. */
export interface KnownStore {
  id: string
  words: Map<string, string>
  /** Words of files that were taken out. */
  gone: string[]
}

/** All that servers have acknowledged. A write without an answer is not in it: it may be there or not. */
export interface Ledger {
  /** Where an object is found, and how it looked when it was made. */
  objects: Map<string, Json>
  deleted: Set<string>
  /** By id. */
  contents: Map<string, string>
  runs: Map<string, KnownRun>
  stores: KnownStore[]
  /** How often something was heard. */
  heard: number
  /** Writes without an answer. */
  unknown: number
}

export const newLedger = (): Ledger => ({
  objects: new Map(),
  deleted: new Set(),
  contents: new Map(),
  runs: new Map(),
  stores: [],
  heard: 0,
  unknown: 0,
})
