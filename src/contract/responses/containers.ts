import { z } from 'zod'
import { plainFileName, type FileRecord } from '../files.ts'
import { integer, list, nonEmptyText, optional, withDefault } from '../limits.ts'
import { pageQuery } from '../list.ts'
import { object } from '../objects.ts'
import type { StoredItem } from './items.ts'
import { isFields, notOneOf, reading, refuseOthers, textIn, unsupported, wrongType } from './refused.ts'

const memoryLimits = ['1g', '4g', '16g', '64g'] as const
export type MemoryLimit = (typeof memoryLimits)[number]

/** Where programs run, as a caller sees it. What is in it belongs to its sandbox, which outlives it. */
export interface ContainerRecord {
  seq: number
  id: string
  project: string
  /** The id of the thread whose sandbox it is, or of the first container that had the sandbox. */
  sandbox: string
  name: string
  created_at: number
  last_active_at: number
  /** It expires so many minutes after it was last active. */
  minutes: number
  expires_at: number
  memory_limit: MemoryLimit
  /** How many Python sessions there were. */
  sessions: number
  /** The server that had the last of them. */
  session_server: string | null
}

/** In the order of the wire. */
export interface Container {
  id: string
  object: 'container'
  created_at: number
  status: 'running' | 'expired'
  expires_after: { anchor: 'last_active_at'; minutes: number }
  last_active_at: number
  memory_limit: MemoryLimit
  name: string
  network_policy: { type: 'disabled' }
}

export interface ContainerDeleted {
  id: string
  object: 'container.deleted'
  deleted: true
}

/** Whether a file was put into a container, or left there by a program. */
export type FileSource = 'user' | 'assistant'

export interface ContainerFile {
  id: string
  object: 'container.file'
  created_at: number
  bytes: number
  container_id: string
  path: string
  source: FileSource
}

export interface ContainerFileDeleted {
  id: string
  object: 'container.file.deleted'
  deleted: true
}

/** `now` is in Unix seconds. */
export const hasExpired = ({ expires_at }: Pick<ContainerRecord, 'expires_at'>, now: number): boolean =>
  expires_at <= now

/** The first container of a thread. The ids of both differ in their prefix only. */
export const containerOfThread = (threadId: string): string => threadId.replace(/^thread_/, 'cntr_')

/** The container that an item leads to: that of a program, or of the programs of which a compaction tells. */
export const containerIn = ({ item, compacted }: StoredItem): string | undefined =>
  item.type === 'code_interpreter_call' ? item.container_id : compacted?.container

/** Whether its files are also Files of the project: those of a thread are. */
export const isOfThread = (sandbox: string): boolean => sandbox.startsWith('thread_')

export const toContainer = (record: ContainerRecord, now: number): Container => ({
  id: record.id,
  object: 'container',
  created_at: record.created_at,
  status: hasExpired(record, now) ? 'expired' : 'running',
  expires_after: { anchor: 'last_active_at', minutes: record.minutes },
  last_active_at: record.last_active_at,
  memory_limit: record.memory_limit,
  name: record.name,
  network_policy: { type: 'disabled' },
})

const prefix = { file: 'file-', containerFile: 'cfile_' }

/** The id that a File has in a container. A File of the project has another one there, which is unknown outside of it. */
export const toContainerFileId = (fileId: string): string =>
  prefix.containerFile + (fileId.startsWith(prefix.file) ? fileId.slice(prefix.file.length) : fileId)

/** Undefined for what is no id of a file in a container. */
export function toFileId(containerFileId: string): string | undefined {
  if (!containerFileId.startsWith(prefix.containerFile)) return undefined
  const rest = containerFileId.slice(prefix.containerFile.length)
  // The ids of Azure's files begin so.
  return rest.startsWith('assistant-') ? rest : prefix.file + rest
}

/** The File of the project that a file in a container is. Undefined where it is only in the container, with an id of 32 digits. */
export function fileOfProject(containerFileId: string): string | undefined {
  const id = toFileId(containerFileId)
  return id !== undefined && /^file-[0-9a-f]{32}$/.test(id) ? undefined : id
}

/** A File with its place in a sandbox. */
export interface PlacedFile extends FileRecord {
  path: string
  source: FileSource
}

export const toContainerFile = (
  { id, body, path, source }: PlacedFile,
  containerId: string,
): ContainerFile => ({
  id: toContainerFileId(id),
  object: 'container.file',
  created_at: body.created_at,
  bytes: body.bytes,
  container_id: containerId,
  path,
  source,
})

/** Of a name in `/mnt/data`, in bytes. File systems take no longer ones. */
const maxNameBytes = 255

/**
 * Where a file that a caller puts into a container is. A File that a program has left is named by its path there. Programs are
 * given no name with signs that could not be read.
 */
export function pathOfUpload(id: string, name: string): string {
  const before = `${id}-`
  const plain = plainFileName(name).replaceAll('\ufffd', '_') || 'file'
  return `/mnt/data/${before}${shortened(plain, maxNameBytes - Buffer.byteLength(before))}`
}

/** The name in so many bytes, with its extension, by which programs know the format. */
function shortened(name: string, maxBytes: number): string {
  const [, stem = '', extension = ''] = /^(.*?)(\.[^.]{1,16})?$/s.exec(name) ?? []
  const signs = Array.from(stem)
  while (Buffer.byteLength(signs.join('') + extension) > maxBytes) signs.pop()
  return signs.join('') + extension
}

export const memoryLimit = z.enum(memoryLimits)

/** In bytes. */
export const bytesOfMemory = (limit: MemoryLimit): number => Number.parseInt(limit, 10) * 2 ** 30

/** Programs never reach a network here. */
export const networkPolicy = reading((value): { type: 'disabled' } => {
  if (!isFields(value)) throw wrongType([], 'an object', value)
  const type = textIn(value, 'type', [])
  if (type === 'allowlist')
    throw unsupported(
      ['type'],
      "Unsupported value: 'allowlist' is not supported by this server: programs have no network.",
    )
  if (type !== 'disabled') throw notOneOf(['type'], type, ['disabled', 'allowlist'])
  refuseOthers(value, ['type'], [])
  return { type }
})

/** How many Files a request puts into a container. */
const maxContainerFiles = 50

export const fileIds = list(z.string(), maxContainerFiles)

const noSkills = reading((value): undefined => {
  if (Array.isArray(value) && value.length === 0) return undefined
  throw unsupported([], "Unsupported parameter: '{param}' is not supported by this server.")
})

export const createContainerRequest = object({
  name: nonEmptyText(512),
  file_ids: withDefault(fileIds, []),
  expires_after: optional(object({ anchor: z.literal('last_active_at'), minutes: integer(1) })),
  memory_limit: withDefault(memoryLimit, '1g'),
  network_policy: optional(networkPolicy),
  skills: optional(noSkills),
})
export type CreateContainerRequest = z.output<typeof createContainerRequest>

export const containersQuery = pageQuery.extend({ name: z.string().optional() })

export const containerFileRequest = object({ file_id: z.string() })
