import { openAsBlob } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isSupported } from '../search/extract/formats.ts'
import { CommandFailure, type Api } from './api.ts'
import { progressBar } from './progress-bar.ts'

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
 * of that name, which is made where there is none, and waits until all are indexed. The answer is the count of files
 * that could not be read; each of them is named.
 */
export async function addFiles(
  api: Api,
  folder: string,
  storeName: string,
  out: NodeJS.WriteStream,
): Promise<number> {
  const paths = await readable(folder)
  if (paths.length === 0) throw new CommandFailure(`${folder} has no files that can be read`)
  const store = await storeNamed(api, storeName)

  const uploaded = progressBar(out, 'uploaded')
  const names = new Map<string, string>()
  uploaded(0, paths.length)
  for (const path of paths) {
    const { id } = await api.upload(await openAsBlob(path), basename(path))
    names.set(id, path)
    uploaded(names.size, paths.length)
  }

  const indexed = progressBar(out, 'indexed ')
  const ids = [...names.keys()]
  let failed = 0
  for (let at = 0; at < ids.length; at += batchSize) {
    const batches = `/vector_stores/${store.id}/file_batches`
    let batch = await api.post<Batch>(batches, { file_ids: ids.slice(at, at + batchSize) })
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
      out.write(`not read: ${names.get(file.id)}: ${last_error?.message ?? 'unknown reason'}\n`)
      failed++
    }
  }
  indexed(ids.length, ids.length)
  out.write(`${ids.length - failed} files in vector store ${store.id} ("${storeName}")\n`)
  return failed
}

/** Files with an extension that can be read, hidden ones left out, in order. */
async function readable(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => {
    throw new CommandFailure(`${path} does not exist`)
  })
  if (found.isFile()) return [path]
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && isSupported(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !/(^|[/\\])\./.test(file.slice(path.length)))
    .toSorted()
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
