import { createHash } from 'node:crypto'
import { createReadStream, openAsBlob } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isReadable } from '../search/extract/detect-format.ts'
import { defaultLimits } from '../search/extract/limits.ts'
import { connect, type Api } from './api.ts'
import { CommandFailure, type Context, type Given } from './command.ts'

interface Store {
  id: string
  name: string | null
}
interface Batch {
  id: string
  status: string
  file_counts: { in_progress: number; total: number }
}
interface Page<T> {
  data: T[]
  has_more: boolean
  last_id: string | null
}

const lookAgain = 300
/** As many as the API takes in one batch. */
const batchSize = 2_000

/**
 * `threadmill files add DIR --store NAME`: puts every readable file below a folder (or one file) into the vector store
 * of that name, which is made where there is none, and waits until all are indexed. What an earlier call has put there and
 * is the same is left alone; what has changed is replaced. Files that could not
 * be read are named; the answer is 1 then.
 */
export async function addFiles(given: Given, { config, output, signal }: Context): Promise<number> {
  const folder = given.parameter('PATH')
  const storeName = given.option('store') ?? ''
  const api = connect(config(), signal)
  const paths = await readable(folder)
  if (paths.length === 0) throw new CommandFailure(`${folder} has no files that can be read`)
  const store = await storeNamed(api, storeName)

  const there = await filesOf(api, store.id)
  const fresh: { path: string; name: string; sha256: string }[] = []
  for (const path of paths) {
    const name = relative(folder, path) || basename(path)
    const sha256 = await hashOf(path)
    const old = there.get(name)
    if (old?.sha256 === sha256) continue
    // The file itself goes, and with it its place in every store.
    if (old) await api.remove(`/files/${old.id}`)
    fresh.push({ path, name, sha256 })
  }

  const uploaded = output.progress('uploaded')
  const names = new Map<string, { path: string; attributes: { path: string; sha256: string } }>()
  uploaded(0, fresh.length)
  for (const { path, name, sha256 } of fresh) {
    const { id } = await api.upload(await openAsBlob(path), basename(path))
    names.set(id, { path, attributes: { path: name.slice(-512), sha256 } })
    uploaded(names.size, fresh.length)
  }

  const indexed = output.progress('indexed ')
  const ids = [...names.keys()]
  let failed = 0
  for (let at = 0; at < ids.length; at += batchSize) {
    const batches = `/vector_stores/${store.id}/file_batches`
    const files = ids.slice(at, at + batchSize).map((id) => ({ file_id: id, ...pick(names.get(id)) }))
    let batch = await api.post<Batch>(batches, { files })
    while (batch.status === 'in_progress') {
      indexed(at + batch.file_counts.total - batch.file_counts.in_progress, ids.length)
      await sleep(lookAgain)
      batch = await api.get<Batch>(`${batches}/${batch.id}`)
    }
    for await (const file of pages<{ id: string }>(
      api,
      `${batches}/${batch.id}/files?filter=failed&limit=100`,
    )) {
      const { last_error } = await api.get<{ last_error: { message: string } | null }>(
        `/vector_stores/${store.id}/files/${file.id}`,
      )
      output.note(`not read: ${names.get(file.id)?.path}: ${last_error?.message ?? 'unknown reason'}`)
      failed++
    }
  }
  indexed(ids.length, ids.length)
  const unchanged = paths.length - fresh.length
  output.print(
    `${ids.length - failed} files added to vector store ${store.id} ("${storeName}"), ${unchanged} unchanged`,
  )
  return failed === 0 ? 0 : 1
}

const pick = (one: { attributes: object } | undefined) => (one ? { attributes: one.attributes } : {})

/** What earlier calls have put into the store, by the path below the folder. */
async function filesOf(api: Api, storeId: string): Promise<Map<string, { id: string; sha256: string }>> {
  const found = new Map<string, { id: string; sha256: string }>()
  const path = `/vector_stores/${storeId}/files?limit=100&filter=completed`
  for await (const file of pages<{ id: string; attributes: { path?: string; sha256?: string } }>(api, path)) {
    const { path: name, sha256 } = file.attributes
    if (name !== undefined && sha256 !== undefined) found.set(name, { id: file.id, sha256 })
  }
  return found
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** Files that can be read, by their names or by what is in them, hidden ones left out, in order. */
async function readable(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => {
    throw new CommandFailure(`${path} does not exist`)
  })
  if (found.isFile()) return [path]
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !/(^|[/\\])\./.test(file.slice(path.length)))
    .toSorted()
  const read: string[] = []
  for (const file of files) {
    const { size } = await stat(file)
    if (await isReadable({ path: file, filename: basename(file), bytes: size }, defaultLimits))
      read.push(file)
  }
  return read
}

async function storeNamed(api: Api, name: string): Promise<Store> {
  for await (const store of pages<Store>(api, '/vector_stores?limit=100'))
    if (store.name === name) return store
  return api.post<Store>('/vector_stores', { name })
}

async function* pages<T>(api: Api, path: string): AsyncGenerator<T, void> {
  let after = ''
  for (;;) {
    const page = await api.get<Page<T>>(`${path}${after}`)
    yield* page.data
    if (!page.has_more) return
    after = `&after=${page.last_id}`
  }
}
