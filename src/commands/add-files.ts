import { createHash } from 'node:crypto'
import { createReadStream, openAsBlob } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { count } from '../common/count.ts'
import { connect, pages, ApiRefusal, type ApiClient } from './api.ts'
import { CommandFailure, type CommandContext, type Given } from './command.ts'
import { findFiles, type FoundFile } from './find-files.ts'
import type { Output } from './output.ts'

interface Store {
  id: string
  name: string | null
}

interface StoreFile {
  id: string
  status: 'in_progress' | 'completed' | 'failed' | 'cancelled'
  last_error: { message: string } | null
  attributes: { path?: string; sha256?: string }
}

type Reasons = { path: string; reason: string }[]

/** How often the state of the files is asked for, in milliseconds. */
const pollIntervalMs = 300
/** The maximum number of lines about one kind of files, because a folder may have thousands. */
const maxNamed = 20

/**
 * `threadmill files add PATH --store NAME`: adds every readable file below a folder (or a single file) to the vector
 * store with that name, and waits until all are indexed. A missing store is created. Files that an earlier call has
 * added and that are the same are not changed, even if that call was interrupted; changed files are replaced. Files
 * that are left out or cannot be read are listed. Returns 1 if something could not be read.
 */
export async function addFiles(given: Given, { config, output, signal }: CommandContext): Promise<number> {
  const folder = given.parameter('PATH')
  const { files, leftOut } = await findFiles(folder)
  name('left out', leftOut, output)
  if (files.length === 0) throw new CommandFailure(`${folder} has no files that can be read`)
  const api = connect(config())
  const store = await storeNamed(api, given.option('store') ?? '')
  const { ours, unchanged, refused } = await upload(files, { api, store, output, signal })
  const failed = [...refused, ...(await indexed(ours, { api, store, output, signal }))]
  name('not read', failed, output)
  const added = ours.size - (failed.length - refused.length)
  if (given.flag('json'))
    output.json({
      vector_store: { id: store.id, name: store.name },
      added,
      unchanged,
      failed,
      left_out: leftOut,
    })
  else
    output.print(
      `${count(added, 'file')} added to vector store ${store.id} ("${store.name}"), ${unchanged} unchanged` +
        (leftOut.length > 0 ? `, ${leftOut.length} left out` : ''),
    )
  return failed.length === 0 ? 0 : 1
}

interface Work {
  api: ApiClient
  store: Store
  output: Output
  signal: AbortSignal
}

/**
 * Uploads the files that the store does not have. Each file is added to the store right after its upload, and an
 * interrupt does not come between the two: the next call would upload a file again that is in no store.
 */
async function upload(files: FoundFile[], { api, store, output, signal }: Work) {
  const there = Map.groupBy(await filesOf(api, store.id), ({ attributes }) => attributes.path)
  const ours = new Map<string, string>()
  const refused: Reasons = []
  let unchanged = 0
  const bar = output.progress('uploaded')
  for (const [at, { path, name }] of files.entries()) {
    bar(at, files.length)
    signal.throwIfAborted()
    const attributes = { path: name.slice(-512), sha256: await hashOf(path) }
    const before = there.get(attributes.path) ?? []
    const same = before.find(
      ({ attributes: { sha256 }, status }) =>
        sha256 === attributes.sha256 && (status === 'completed' || status === 'in_progress'),
    )
    if (same?.status === 'in_progress') ours.set(same.id, path)
    else if (same) unchanged++
    else {
      try {
        ours.set(await uploadInto(store, { api, path, attributes }), path)
      } catch (error) {
        if (!(error instanceof ApiRefusal)) throw error
        refused.push({ path, reason: error.message })
        continue
      }
    }
    // Deleting the file also removes it from every vector store.
    for (const old of before) if (old !== same) await api.remove(`/files/${old.id}`)
  }
  bar(files.length, files.length)
  return { ours, unchanged, refused }
}

async function uploadInto(
  store: Store,
  { api, path, attributes }: { api: ApiClient; path: string; attributes: StoreFile['attributes'] },
): Promise<string> {
  const { id } = await api.upload(await openAsBlob(path), basename(path))
  try {
    await api.post(`/vector_stores/${store.id}/files`, { file_id: id, attributes })
  } catch (error) {
    if (error instanceof ApiRefusal) await api.remove(`/files/${id}`)
    throw error
  }
  return id
}

/** Waits until these files, which are given by their ids, are indexed. Returns those that could not be read. */
async function indexed(ours: Map<string, string>, { api, store, output, signal }: Work): Promise<Reasons> {
  const bar = output.progress('indexed ')
  const ofOurs = async (filter: StoreFile['status']) =>
    (await filesOf(api, store.id, `&filter=${filter}`)).filter(({ id }) => ours.has(id))
  for (;;) {
    signal.throwIfAborted()
    const { length } = await ofOurs('in_progress')
    bar(ours.size - length, ours.size)
    if (length === 0) break
    await sleep(pollIntervalMs)
  }
  return (await ofOurs('failed')).map(({ id, last_error }) => ({
    path: ours.get(id) ?? id,
    reason: last_error?.message ?? 'unknown reason',
  }))
}

async function filesOf(api: ApiClient, storeId: string, filter = ''): Promise<StoreFile[]> {
  return Array.fromAsync(pages<StoreFile>(api, `/vector_stores/${storeId}/files?limit=100${filter}`))
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

async function storeNamed(api: ApiClient, name: string): Promise<Store> {
  for await (const store of pages<Store>(api, '/vector_stores?limit=100'))
    if (store.name === name) return store
  return api.post<Store>('/vector_stores', { name })
}

function name(what: string, files: Reasons, output: Output): void {
  for (const { path, reason } of files.slice(0, maxNamed)) output.note(`${what}: ${path}: ${reason}`)
  if (files.length > maxNamed) output.note(`${what}: ${files.length - maxNamed} more`)
}
