import { createHash } from 'node:crypto'
import { maxCodeInterpreterFiles } from '../contract/tool-resources.ts'
import { stateOfId } from '../store/taken-ids.ts'
import type { Importing } from './import-kind.ts'
import type { WireObject } from './read-objects.ts'
import { isKind, type ReportBook } from './report.ts'
import { toRecord } from './to-record.ts'

type Fields = Record<string, unknown>

const fileTools = ['file_search', 'code_interpreter']

/** Ids of objects with `file_ids`, which only the first version of the API (v1) had. */
export interface ObjectsOfV1 {
  assistants: Set<string>
  threads: Set<string>
}

/** Notes the object if it has `file_ids`, which cannot be translated before all objects are known. */
export function noteV1({ assistants, threads }: ObjectsOfV1, value: WireObject): void {
  if (filesOf(value).length === 0) return
  if (value.object === 'assistant') assistants.add(value.id)
  if (value.object === 'thread.message' && typeof value['thread_id'] === 'string')
    threads.add(value['thread_id'])
}

/** Returns the object with file_search, which v1 called `retrieval`. */
export function withFileSearch(value: WireObject, book: ReportBook): WireObject {
  let translated = false
  const renamed = (given: unknown) => {
    if ((given as Fields | null)?.['type'] !== 'retrieval') return given
    translated = true
    const { type: _type, retrieval: _retrieval, ...rest } = given as Fields
    return { ...rest, type: 'file_search' }
  }
  const result = { ...value }
  if (Array.isArray(value['tools'])) result['tools'] = value['tools'].map(renamed)
  const details = value['step_details'] as Fields | null | undefined
  if (Array.isArray(details?.['tool_calls'])) {
    const calls = details['tool_calls'].map((call: unknown) => {
      const given = renamed(call)
      return given === call ? call : { ...(given as Fields), file_search: {} }
    })
    result['step_details'] = { ...details, tool_calls: calls }
  }
  if (!translated || !isKind(value.object)) return value
  book.translated({ object: value.object, field: 'retrieval', became: 'file_search', id: value.id })
  return result
}

/** The `file_ids` of an object of v1. Empty if they have another form. */
function filesOf({ file_ids, attachments, tool_resources }: Fields): string[] {
  const isV2 = (Array.isArray(attachments) && attachments.length > 0) || tool_resources
  if (isV2 || !Array.isArray(file_ids) || !file_ids.every((id) => typeof id === 'string')) return []
  return [...new Set<string>(file_ids)]
}

/**
 * Translates the `file_ids` of staged objects. The files of an assistant become those of its tools: a vector store for
 * file_search, and the files of code interpreter. The files of a message become attachments, and the files of its
 * thread. The ids of these stores follow from those of their owners, so that a repeated import changes nothing.
 */
export async function translateV1(importing: Importing, found: ObjectsOfV1): Promise<void> {
  const { signal } = importing
  for (const id of found.assistants) {
    signal.throwIfAborted()
    await translateAssistant(importing, id)
  }
  for (const id of found.threads) {
    signal.throwIfAborted()
    await translateThread(importing, id)
  }
}

async function translateAssistant({ db, staged, book }: Importing, id: string): Promise<void> {
  const body = staged.find('assistant', id)
  const assistant = body === undefined ? undefined : (JSON.parse(body) as WireObject)
  const files = assistant ? filesOf(assistant) : []
  if (!assistant || files.length === 0) return
  const isFree = (await stateOfId(db, 'assistants', id)) === 'free'
  if (!isFree && (await stateOfId(db, 'vector_stores', storeIdOf(id))) === 'free') {
    stage(staged, withoutFiles(assistant))
    return
  }
  const tools = toolsOf(assistant).filter((type) => fileTools.includes(type))
  const note = { object: 'assistant', field: 'file_ids', id } as const
  if (tools.length === 0) {
    book.leftOut({ ...note, reason: 'none of its tools reads files' })
  }
  const made = tools.map((type) =>
    type === 'file_search' ? 'a new vector store for file_search' : 'files of code_interpreter',
  )
  if (made.length > 0) book.translated({ ...note, became: made.join(' and ') })
  const searched = tools.includes('file_search') ? files : []
  stageStore(staged, assistant, searched)
  const tool_resources = resourcesOf(id, searched, tools.includes('code_interpreter') ? files : [])
  stage(staged, { ...withoutFiles(assistant), tool_resources })
}

async function translateThread(importing: Importing, id: string): Promise<void> {
  const { db, staged, book } = importing
  const messages = [...staged.read('thread.message', id)].map((body) => JSON.parse(body) as WireObject)
  const tools = toolsOfThread(importing, id, messages)
  const searched = new Set<string>()
  const computed = new Set<string>()
  for (const message of messages) {
    const files = filesOf(message)
    if (files.length === 0) continue
    const isUser = message['role'] === 'user'
    const given = isUser ? tools : tools.filter((type) => type === 'code_interpreter')
    const attachments = files.map((file_id) => ({ file_id, tools: given.map((type) => ({ type })) }))
    stage(staged, { ...withoutFiles(message), attachments })
    book.translated({ object: 'thread.message', field: 'file_ids', became: 'attachments', id: message.id })
    if (!isUser) continue
    for (const file of files) {
      if (given.includes('file_search')) searched.add(file)
      if (given.includes('code_interpreter')) computed.add(file)
    }
  }
  if (searched.size + computed.size === 0) return
  const state = await stateOfId(db, 'threads', id)
  const hasStore = (await stateOfId(db, 'vector_stores', storeIdOf(id))) !== 'free'
  if (state !== 'free' && !hasStore) return
  const body = staged.find('thread', id)
  if (state !== 'free' && body === undefined) return stageStore(staged, { ...messages[0], id }, [...searched])
  if (body === undefined) book.report.threads_made++
  const created_at = messages[0]?.['created_at']
  const thread = (body === undefined ? { id, object: 'thread', created_at } : JSON.parse(body)) as WireObject
  stageStore(staged, thread, [...searched])
  if (computed.size > maxCodeInterpreterFiles) {
    const reason = `a thread has at most ${maxCodeInterpreterFiles} files for code_interpreter`
    book.leftOut({ object: 'thread', field: 'file_ids', id, reason })
  }
  const tool_resources = resourcesOf(id, [...searched], [...computed].slice(0, maxCodeInterpreterFiles))
  stage(staged, { ...thread, tool_resources: { ...tool_resources, ...(thread['tool_resources'] as object) } })
}

/**
 * The tools that read the files of a thread: those of its runs, or of the assistants that wrote in it. If neither was
 * given, any tool may have.
 */
function toolsOfThread({ staged }: Importing, id: string, messages: WireObject[]): string[] {
  const owners: Fields[] = [...staged.read('thread.run', id)].map((body) => JSON.parse(body) as WireObject)
  for (const assistantId of new Set(messages.map(({ assistant_id }) => assistant_id))) {
    const body = typeof assistantId === 'string' ? staged.find('assistant', assistantId) : undefined
    if (body !== undefined) owners.push(JSON.parse(body) as WireObject)
  }
  const given = new Set(owners.flatMap(toolsOf))
  return owners.length === 0 ? fileTools : fileTools.filter((type) => given.has(type))
}

const toolsOf = ({ tools }: Fields): string[] =>
  (Array.isArray(tools) ? tools : []).flatMap((tool: { type?: unknown } | null) =>
    typeof tool?.type === 'string' ? [tool.type] : [],
  )

const storeIdOf = (owner: string) => `vs_${createHash('sha256').update(owner).digest('hex').slice(0, 32)}`

const resourcesOf = (owner: string, searched: string[], computed: string[]) => ({
  ...(searched.length > 0 && { file_search: { vector_store_ids: [storeIdOf(owner)] } }),
  ...(computed.length > 0 && { code_interpreter: { file_ids: computed } }),
})

const withoutFiles = ({ file_ids: _files, ...rest }: WireObject) => rest as WireObject

type Staged = Importing['staged']

function stageStore(staged: Staged, owner: Fields & { id: string }, files: string[]): void {
  if (files.length === 0) return
  const { created_at, name } = owner
  const id = storeIdOf(owner.id)
  stage(staged, { id, object: 'vector_store', created_at, name, metadata: {} })
  for (const file of files)
    stage(staged, {
      id: file,
      object: 'vector_store.file',
      vector_store_id: id,
      created_at,
      status: 'completed',
    })
}

function stage(staged: Staged, value: WireObject): void {
  const record = toRecord(value, { listed: false, inOrder: false })
  if (record) staged.add([record])
}
