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

/** What is being done with a file in progress. */
export interface FileStage {
  /**
   * `waiting`: nobody works on it. `reading`: its text is taken out. `cutting`: into chunks. `embedding`: chunks get their
   * vectors. `indexing`: chunks get their words, and are stored.
   */
  stage: 'waiting' | 'reading' | 'cutting' | 'embedding' | 'indexing'
  /** How many chunks the file has, and how many of them have a vector. Null while that is not known. */
  chunks: number | null
  embedded: number | null
  /** Why the try before this one ended. */
  reason: string | null
}

/** How far a file in progress is. Not in the original. */
export interface FileProgress extends FileStage {
  /** How many tries have ended without a result, and when the next one begins, in Unix seconds. */
  tries: number
  retry_at: number | null
}

export interface VectorStoreFile {
  /** The id of the file itself. */
  id: string
  object: 'vector_store.file'
  usage_bytes: number
  created_at: number
  vector_store_id: string
  status: VectorStoreFileStatus
  last_error: FileError | null
  chunking_strategy: ChunkingStrategy
  attributes: Attributes
  /** Only while the file is in progress. Not in the original. */
  progress?: FileProgress
  /** An addition to the original, in a list whose `include[]` asks for it. Null when the file itself is gone. */
  filename?: string | null
}

/** The value of `include[]` with which the list says the names of its files. */
export const includeFilenameValue = 'filename'

export interface VectorStoreFileRecord {
  seq: number
  id: string
  project: string
  vector_store_id: string
  batch_id: string | null
  status: VectorStoreFileStatus
  /** When the file was added to the store, in Unix seconds. */
  created_at: number
  usage_bytes: number
  /** How often work on the file was started or invalidated. Each write of a worker checks this number. */
  attempt: number
  /** How often work on the file ended with a temporary error since it was added. */
  tries: number
  /**
   * `losses` counts how often the server was lost while it worked on the file. `blamed` counts the losses for which
   * only this file can have been the reason.
   */
  losses: number
  blamed: number
  /** The size of the file. */
  bytes: number
  lease_owner: string | null
  /** This time and the next are in milliseconds. */
  lease_until: number | null
  retry_at: number | null
  attributes: Attributes
  chunking: Chunking
  last_error: FileError | null
  warnings: string[]
  /** What the worker has noted last. Null before that. */
  progress: FileStage | null
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
  ...(file.status === 'in_progress' && { progress: toProgress(file) }),
})

/** Nobody works on the file, or a worker has only just begun. `reason` is why the try before ended, if one has. */
export const waitingAfter = (reason: string | null): FileStage => ({
  stage: 'waiting',
  chunks: null,
  embedded: null,
  reason,
})

const toProgress = ({ progress, tries, retry_at, lease_owner }: VectorStoreFileRecord): FileProgress => ({
  // Without a worker, a note is what a lost one has left.
  ...(lease_owner === null || progress === null ? waitingAfter(progress?.reason ?? null) : progress),
  tries,
  retry_at: retry_at === null ? null : Math.ceil(retry_at / 1_000),
})

export interface VectorStoreFileDeleted {
  id: string
  object: 'vector_store.file.deleted'
  deleted: true
}

/** The text that was read from a file, in one piece. */
export interface FileContentPage {
  object: 'vector_store.file_content.page'
  data: { type: 'text'; text: string }[]
  has_more: false
  next_page: null
}

/** A file that is to be added to a store. */
export const createVectorStoreFileRequest = object({
  file_id: z.string(),
  attributes: attributesOrEmpty,
  chunking_strategy: withDefault(chunkingStrategy, defaultChunking),
})
export type CreateVectorStoreFileRequest = z.output<typeof createVectorStoreFileRequest>

/** Replaces all attributes. Null removes them. */
export const updateVectorStoreFileRequest = object({
  attributes: attributes.nullable().transform((given) => given ?? {}),
})
export type UpdateVectorStoreFileRequest = z.output<typeof updateVectorStoreFileRequest>

export const vectorStoreFilesQuery = pageQuery.extend({
  filter: z.enum(['in_progress', 'completed', 'failed', 'cancelled']).optional(),
})
export type VectorStoreFilesQuery = z.output<typeof vectorStoreFilesQuery>
