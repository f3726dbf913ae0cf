import { z } from 'zod'
import { assistantRequestsWith, newAssistantBody, type AssistantRecord } from '../contract/assistants.ts'
import { attributesOrEmpty } from '../contract/attributes.ts'
import { chunkingStrategy, defaultChunking } from '../contract/chunking-strategy.ts'
import { answeredFileName, type FilePurpose, type FileRecord } from '../contract/files.ts'
import { integer, optional, withDefault } from '../contract/limits.ts'
import { object } from '../contract/objects.ts'
import { createThreadRequest, type ThreadRecord } from '../contract/threads.ts'
import type { RequestedResources, ToolResources } from '../contract/tool-resources.ts'
import type { CreateVectorStoreFileRequest } from '../contract/vector-store-files.ts'
import { createVectorStoreRequest, storeExpiry, type VectorStoreRecord } from '../contract/vector-stores.ts'
import {
  fieldsOf,
  importedId,
  NotTaken,
  optionalTime,
  parseImported,
  time,
  type NoteLeftOut,
} from './parse-imported.ts'
import type { WireObject } from './read-objects.ts'

const project = 'default'
const created = z.object({ created_at: time })
const createdAt = (given: WireObject) => parseImported(created, given).created_at

/** `ownTools` are types of tools that the API does not have. */
export function assistantParser(ownTools: readonly string[]) {
  const { createAssistant } = assistantRequestsWith(ownTools)
  return (given: WireObject, leftOut?: NoteLeftOut): Omit<AssistantRecord, 'seq'> => {
    const input = parseImported(createAssistant, fieldsOf(given, 'id', 'object', 'created_at'), leftOut)
    return {
      id: importedId('assistant', given.id),
      project,
      body: newAssistantBody(input, {
        created_at: createdAt(given),
        tool_resources: resources(input.tool_resources),
      }),
    }
  }
}

/** The row of a thread that was exported. Throws where its fields are not those of one. */
export function importedThread(given: WireObject, leftOut?: NoteLeftOut): Omit<ThreadRecord, 'seq'> {
  const fields = fieldsOf(given, 'id', 'object', 'created_at', 'messages')
  const { metadata, tool_resources } = parseImported(createThreadRequest, fields, leftOut)
  return {
    id: importedId('thread', given.id),
    project,
    body: { created_at: createdAt(given), metadata, tool_resources: resources(tool_resources) },
  }
}

/**
 * The files and vector stores need not exist. A missing one is not shown, and is shown again as soon as it is imported.
 */
export const resources = ({ code_interpreter, file_search }: RequestedResources): ToolResources => ({
  ...(code_interpreter && { code_interpreter }),
  ...(file_search && { file_search: { vector_store_ids: file_search.vector_store_ids } }),
})

const purposes = [
  'fine-tune',
  'assistants',
  'batch',
  'user_data',
  'vision',
  'evals',
  'assistants_output',
  'batch_output',
  'fine-tune-results',
] as const satisfies FilePurpose[]

const file = object({
  purpose: withDefault(z.enum(purposes), 'assistants'),
  filename: answeredFileName,
  bytes: integer(0),
  created_at: time,
  expires_at: optionalTime,
  status: z.enum(['uploaded', 'processed', 'error']).catch('processed'),
})

/** Parses a file. Its `sha256` is not known before its content is found. */
export function importedFile(given: WireObject, leftOut?: NoteLeftOut): Omit<FileRecord, 'seq'> {
  const fields = fieldsOf(given, 'id', 'object', 'status_details')
  const { purpose, expires_at, ...body } = parseImported(file, fields, leftOut)
  return {
    id: importedId('file', given.id),
    project,
    purpose,
    expires_at,
    body: { ...body, sha256: '' },
  }
}

const shownOfStores =
  'id object created_at usage_bytes bytes file_counts status expires_at last_active_at file_ids chunking_strategy'.split(
    ' ',
  )
const usedAt = z.object({ last_active_at: optionalTime, status: z.string().optional() })

/**
 * Parses a vector store. If it had not expired when it was saved, its time until it expires starts again at `now` (Unix
 * seconds): it was not used only because nobody could use it.
 */
export function importedVectorStore(
  given: WireObject,
  now: number,
  leftOut?: NoteLeftOut,
): Omit<VectorStoreRecord, 'seq'> {
  const input = parseImported(createVectorStoreRequest, fieldsOf(given, ...shownOfStores), leftOut)
  const { last_active_at, status } = parseImported(usedAt, given)
  const created_at = createdAt(given)
  const body = {
    created_at,
    name: input.name ?? null,
    description: input.description ?? null,
    expires_after: input.expires_after ?? null,
    last_active_at: last_active_at ?? created_at,
    metadata: input.metadata,
  }
  const expires_at = storeExpiry(body)
  if (expires_at !== null && expires_at <= now && status !== 'expired') body.last_active_at = now
  return { id: importedId('vector_store', given.id), project, expires_at: storeExpiry(body), body }
}

const storeFile = object({
  id: z.string(),
  vector_store_id: z.string(),
  created_at: time,
  status: z.string().optional(),
  attributes: attributesOrEmpty,
  chunking_strategy: optional(chunkingStrategy).catch(undefined),
})

/** A file of a vector store, which is indexed after the import. */
export interface ImportedStoreFile extends CreateVectorStoreFileRequest {
  vector_store_id: string
  created_at: number
}

/** A file of a vector store that was exported. Throws NotTaken where it was never indexed to its end. */
export function importedStoreFile(given: WireObject, leftOut?: NoteLeftOut): ImportedStoreFile {
  const fields = fieldsOf(given, 'object', 'usage_bytes', 'last_error')
  const one = parseImported(storeFile, fields, leftOut)
  if (one.status === 'cancelled') throw new NotTaken('indexing it was cancelled')
  return {
    file_id: importedId('file', one.id),
    vector_store_id: importedId('vector_store', one.vector_store_id),
    created_at: one.created_at,
    attributes: one.attributes,
    chunking_strategy: one.chunking_strategy ?? defaultChunking,
  }
}
