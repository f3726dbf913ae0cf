import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'

/** Where what is imported lies. */
export interface Sources {
  /** Files of JSON or of JSON lines. */
  documents: string[]
  /** Contents of files, below folders named `files`, with their path below it. */
  contents: { path: string; below: string; bytes: number }[]
}

const isDocument = (path: string) => /\.(json|jsonl|ndjson)$/i.test(path)
/** A content may be JSON as well: what is larger than this describes no file. */
const maxDescription = 65_536

/**
 * What lies at these paths: files as they are, and of folders every document below them, hidden ones left out. A folder
 * named `files`, in a folder or beside a file, has contents. Throws what `stat` throws.
 */
export async function findSources(paths: string[]): Promise<Sources> {
  const found: Sources = { documents: [], contents: [] }
  const beside = new Set<string>()
  for (const path of paths) {
    if ((await stat(path)).isDirectory()) await readFolder(path, found)
    else {
      found.documents.push(path)
      beside.add(join(dirname(path), 'files'))
    }
  }
  for (const folder of beside) await readContents(folder, found)
  found.documents = [...new Set(found.documents)]
  return found
}

async function readFolder(folder: string, found: Sources): Promise<void> {
  for (const entry of await sorted(folder)) {
    const path = join(folder, entry.name)
    if (entry.name.startsWith('.')) continue
    if (entry.isDirectory()) await (entry.name === 'files' ? readContents : readFolder)(path, found)
    else if (entry.isFile() && isDocument(path)) found.documents.push(path)
  }
}

async function readContents(folder: string, found: Sources): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const { size } = await stat(path)
    if (isDocument(path) && size <= maxDescription && (await describesFiles(path))) found.documents.push(path)
    else found.contents.push({ path, below: relative(folder, path).split(sep).join('/'), bytes: size })
  }
}

/** Whether it is what the API answers of files, which somebody has put beside their contents. */
async function describesFiles(path: string): Promise<boolean> {
  const [line = ''] = (await readFile(path, 'utf8')).split('\n', 1)
  for (const text of [line, await readFile(path, 'utf8')]) {
    try {
      const { object, data, purpose, filename } = JSON.parse(text)
      if (object === 'file' && purpose && filename) return true
      if (object === 'list' && Array.isArray(data) && data.every((one) => one?.object === 'file')) return true
    } catch {
      // No JSON: a content.
    }
  }
  return false
}

const sorted = async (folder: string) =>
  (await readdir(folder, { withFileTypes: true })).toSorted((one, other) => (one.name < other.name ? -1 : 1))

/** Finds the content of a file by its id, or by its name: of the size that the file had. */
export function indexContents(contents: Sources['contents']) {
  const byId = new Map<string, Sources['contents']>()
  const byName = new Map<string, Sources['contents']>()
  const add = (map: typeof byId, key: string, content: Sources['contents'][number]) => {
    const there = map.get(key)
    if (there) there.push(content)
    else map.set(key, [content])
  }
  for (const content of contents) {
    const [id] = /^(file|assistant)[-_][A-Za-z0-9]+(?=$|[._/ -])/.exec(content.below) ?? []
    if (id !== undefined) add(byId, id, content)
    add(byName, basename(content.below), content)
  }

  /** The path, or why there is none. */
  return (file: { id: string; filename: string; bytes: number }): { path: string } | { reason: string } => {
    const candidates = byId.get(file.id) ?? byName.get(file.filename) ?? []
    const [content, another] = candidates.filter(({ bytes }) => bytes === file.bytes)
    if (content && (!another || byId.has(file.id))) return { path: content.path }
    if (content) return { reason: `there are several contents of that name: call the right one ${file.id}` }
    const [other] = candidates
    if (!other) return { reason: 'no content was given' }
    return { reason: `the content that was given has ${other.bytes} bytes, but the file had ${file.bytes}` }
  }
}
