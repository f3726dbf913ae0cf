import { z } from 'zod'
import { object } from './objects.ts'
import { attributes, attributesOrEmpty, type Attributes } from './attributes.ts'
import {
  chunkingStrategy,
  defaultChunking,
  toChunkingStrategy,
  type Chunking,
  type ChunkingStrategy,
} from './chunking-strategy.ts'
import type { VectorStoreFileStatus } from './file-counts.ts'
import { withDefault } from './limits.ts'
import { pageQuery } from './list.ts'

export interface FileError {
  code: 'server_error' | 'unsupported_file' | 'invalid_file'
  message: string
}

export interface VectorStoreFile {
  /** The file's own. */
  id: string
  object: 'vector_store.file'
  usage_bytes: number
  created_at: number
  vector_store_id: string
  status: VectorStoreFileStatus
  last_error: FileError | null
  chunking_strategy: ChunkingStrategy
  attributes: Attributes
}

export interface VectorStoreFileRecord {
  seq: number
  id: string
  project: string
  vector_store_id: string
  batch_id: string | null
  status: VectorStoreFileStatus
  /** When it was put into the store, in Unix seconds. */
  created_at: number
  usage_bytes: number
  /** How often work on it began or was made void; every write of a worker names it. */
  attempt: number
  /** How often work on it ended with an error that may pass, since it was put in. */
  tries: number
  /** How often its server was lost while it worked on it, and how often it alone may have been the reason. */
  losses: number
  blamed: number
  /** Of the file. */
  bytes: number
  lease_owner: string | null
  /** In milliseconds. */
  lease_until: number | null
  retry_at: number | null
  attributes: Attributes
  chunking: Chunking
  last_error: FileError | null
  warnings: string[]
}

export const toVectorStoreFile = (file: VectorStoreFileRecord): VectorStoreFile => ({
  id: file.id,
  object: 'vector_store.file',
  usage_bytes: file.usage_bytes,
  created_at: file.created_at,
  vector_store_id: file.vector_store_id,
  status: file.status,
  last_error: file.last_error,
  chunking_strategy: toChunkingStrategy(file.chunking),
  attributes: file.attributes,
})

export interface VectorStoreFileDeleted {
  id: string
  object: 'vector_store.file.deleted'
  deleted: true
}

/** What was read out of a file, in one piece. */
export interface FileContentPage {
  object: 'vector_store.file_content.page'
  data: { type: 'text'; text: string }[]
  has_more: false
  next_page: null
}

/** A file to be put into a store. */
export const createVectorStoreFileRequest = object({
  file_id: z.string(),
  attributes: attributesOrEmpty,
  chunking_strategy: withDefault(chunkingStrategy, defaultChunking),
})
export type CreateVectorStoreFileRequest = z.output<typeof createVectorStoreFileRequest>

/** Replaces them all; null takes them away. */
export const updateVectorStoreFileRequest = object({
  attributes: attributes.nullable().transform((given) => given ?? {}),
})
export type UpdateVectorStoreFileRequest = z.output<typeof updateVectorStoreFileRequest>

export const vectorStoreFilesQuery = pageQuery.extend({
  filter: z.enum(['in_progress', 'completed', 'failed', 'cancelled']).optional(),
})
export type VectorStoreFilesQuery = z.output<typeof vectorStoreFilesQuery>
