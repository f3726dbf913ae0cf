import { z } from 'zod'
import { givenId } from './given-id.ts'
import { object } from './objects.ts'
import { chunkingStrategy } from './chunking-strategy.ts'
import type { FileCounts } from './file-counts.ts'
import { integer, list, optional, text } from './limits.ts'
import { metadata, metadataOrEmpty, type Metadata } from './metadata.ts'

/** A store expires this number of days after the last run that used it. */
export interface ExpiresAfter {
  anchor: 'last_active_at'
  days: number
}

export interface VectorStore {
  id: string
  object: 'vector_store'
  created_at: number
  name: string | null
  description: string | null
  /** The bytes of the text of all chunks, where overlaps count twice, and 1024 for each chunk. */
  usage_bytes: number
  file_counts: FileCounts
  status: 'in_progress' | 'completed' | 'expired'
  expires_after: ExpiresAfter | null
  expires_at: number | null
  last_active_at: number
  metadata: Metadata
}

export interface VectorStoreBody {
  created_at: number
  name: string | null
  description: string | null
  expires_after: ExpiresAfter | null
  last_active_at: number
  metadata: Metadata
}

export interface VectorStoreRecord {
  seq: number
  id: string
  project: string
  expires_at: number | null
  body: VectorStoreBody
}

export interface StoreUsage {
  usage_bytes: number
  file_counts: FileCounts
}

export const noStoreUsage: StoreUsage = {
  usage_bytes: 0,
  file_counts: { in_progress: 0, completed: 0, failed: 0, cancelled: 0, total: 0 },
}

/** `now` is in Unix seconds. */
export const isExpired = (store: Pick<VectorStoreRecord, 'expires_at'>, now: number) =>
  store.expires_at !== null && store.expires_at <= now

export const toVectorStore = (
  store: Omit<VectorStoreRecord, 'seq' | 'project'>,
  { usage_bytes, file_counts }: StoreUsage,
  now: number,
): VectorStore => ({
  id: store.id,
  object: 'vector_store',
  created_at: store.body.created_at,
  name: store.body.name,
  description: store.body.description,
  usage_bytes,
  file_counts,
  status: isExpired(store, now) ? 'expired' : file_counts.in_progress > 0 ? 'in_progress' : 'completed',
  expires_after: store.body.expires_after,
  expires_at: store.expires_at,
  last_active_at: store.body.last_active_at,
  metadata: store.body.metadata,
})

export interface VectorStoreDeleted {
  id: string
  object: 'vector_store.deleted'
  deleted: true
}

/** The result is in Unix seconds. Null means never. */
export const storeExpiry = (body: Pick<VectorStoreBody, 'expires_after' | 'last_active_at'>): number | null =>
  body.expires_after && body.last_active_at + body.expires_after.days * 86_400

/** The default for a store that is created for a thread (as recorded). */
export const threadStoreExpiry: ExpiresAfter = { anchor: 'last_active_at', days: 7 }

const expiresAfter = object({ anchor: z.literal('last_active_at'), days: integer(1, 365) })
const name = text(256)
const description = text(512)

export const createVectorStoreRequest = object({
  id: givenId('vector store'),
  name: optional(name),
  description: optional(description),
  file_ids: optional(list(z.string(), 500)),
  expires_after: optional(expiresAfter),
  chunking_strategy: optional(chunkingStrategy),
  metadata: metadataOrEmpty,
})
export type CreateVectorStoreRequest = z.output<typeof createVectorStoreRequest>

/** A field that is left out keeps its value. Null sets a field to its default. */
export const modifyVectorStoreRequest = object({
  name: name.nullish(),
  description: description.nullish(),
  expires_after: expiresAfter.nullish(),
  metadata: metadata.nullish(),
})
export type ModifyVectorStoreRequest = z.output<typeof modifyVectorStoreRequest>
