import { z } from 'zod'
import { object } from './objects.ts'
import { attributesOrEmpty } from './attributes.ts'
import { chunkingStrategy, defaultChunking } from './chunking-strategy.ts'
import type { FileCounts } from './file-counts.ts'
import { list, optional, refuseWhen, withDefault } from './limits.ts'
import { createVectorStoreFileRequest, type CreateVectorStoreFileRequest } from './vector-store-files.ts'

export interface FileBatch {
  id: string
  /** As recorded. The formal shape and the types of the clients have `vector_store.files_batch`. */
  object: 'vector_store.file_batch'
  created_at: number
  status: 'in_progress' | 'completed' | 'cancelled'
  vector_store_id: string
  file_counts: FileCounts
}

export interface FileBatchRecord {
  seq: number
  id: string
  project: string
  vector_store_id: string
  body: { created_at: number; cancelled: boolean }
}

/** A batch is completed when all of its files are done. A file that failed does not make the batch fail. */
export const toFileBatch = (
  batch: Omit<FileBatchRecord, 'seq' | 'project'>,
  file_counts: FileCounts,
): FileBatch => ({
  id: batch.id,
  object: 'vector_store.file_batch',
  created_at: batch.body.created_at,
  status: batch.body.cancelled ? 'cancelled' : file_counts.in_progress > 0 ? 'in_progress' : 'completed',
  vector_store_id: batch.vector_store_id,
  file_counts,
})

const maxFiles = 2_000

/** Either `file_ids` with settings that apply to all of them, or `files` with settings for each. */
export const createFileBatchRequest = object({
  file_ids: optional(list(z.string(), maxFiles, 1)),
  files: optional(list(createVectorStoreFileRequest, maxFiles, 1)),
  attributes: attributesOrEmpty,
  chunking_strategy: withDefault(chunkingStrategy, defaultChunking),
})
  .check(
    refuseWhen((given) => {
      if (given.file_ids && given.files) {
        return {
          code: 'invalid_value',
          path: ['files'],
          message: "Invalid '{param}': 'file_ids' and 'files' cannot both be given.",
        }
      }
      if (given.file_ids || given.files) return undefined
      return {
        code: 'missing_required_parameter',
        path: ['file_ids'],
        message: "Missing required parameter: '{param}'.",
      }
    }),
  )
  .transform(
    ({ file_ids = [], files, attributes, chunking_strategy }): CreateVectorStoreFileRequest[] =>
      files ?? file_ids.map((file_id) => ({ file_id, attributes, chunking_strategy })),
  )
