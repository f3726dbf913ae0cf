import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { count } from '../common/count.ts'
import { readObjects, standardInput } from './read-objects.ts'
import type { OtherFile } from './report.ts'

/** The files that an import reads. */
export interface ImportSources {
  /** Files of JSON or of JSON lines. */
  documents: string[]
  /** The contents of files, which are below folders named `files`. `below` is the path inside of such a folder. */
  contents: Content[]
  /** Files in the given folders that are neither documents nor contents. */
  others: OtherFile[]
}

interface Content {
  path: string
  /** The path below the folder. */
  below: string
  bytes: number
  /** Whether the file is also one of the documents. Then it counts as a content only if its name says so. */
  describes: boolean
}

const isDocument = (path: string) => /\.(json|jsonl|ndjson)$/i.test(path)
/**
 * How much of a file is read to find out whether it describes files, in bytes. Such a file has an object near its
 * beginning.
 */
const lookInto = 1_048_576

/**
 * Finds the sources below these paths. A path of a file is taken as it is, and `-` stands for standard input. Of a
 * folder, every document below it is taken, except hidden ones. A folder named `files`, in a given folder or next to a
 * given file, has contents. Throws what `stat` throws.
 */
export async function findSources(paths: string[]): Promise<ImportSources> {
  const found: ImportSources = { documents: [], contents: [], others: [] }
  const beside = new Set<string>()
  for (const path of paths) {
    if (path === standardInput) found.documents.push(path)
    else if ((await stat(path)).isDirectory()) await readFolder(path, found)
    else {
      found.documents.push(path)
      beside.add(join(dirname(path), 'files'))
    }
  }
  for (const folder of beside) await readContents(folder, found)
  found.documents = [...new Set(found.documents)]
  return found
}

async function readFolder(folder: string, found: ImportSources): Promise<void> {
  for (const entry of await sorted(folder)) {
    const path = join(folder, entry.name)
    if (entry.name.startsWith('.')) continue
    if (entry.isDirectory()) await (entry.name === 'files' ? readContents : readFolder)(path, found)
    else if (entry.isFile() && isDocument(path)) found.documents.push(path)
    else found.others.push({ path, reason: reasonAgainst(entry) })
  }
}

async function readContents(folder: string, found: ImportSources): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    const { code } = error as { code?: string }
    if (code !== 'ENOENT') found.others.push({ path: folder, reason: `it cannot be read (${code})` })
    return []
  })
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) continue
    if (!entry.isFile()) {
      found.others.push({ path, reason: reasonAgainst(entry) })
      continue
    }
    const { size } = await stat(path)
    const describes = isDocument(path) && (await describesFiles(path))
    if (describes) found.documents.push(path)
    found.contents.push({ path, below: relative(folder, path).split(sep).join('/'), bytes: size, describes })
  }
}

const reasonAgainst = (entry: { isFile(): boolean; isSymbolicLink(): boolean }) =>
  entry.isSymbolicLink()
    ? 'a link: name what it leads to'
    : entry.isFile()
      ? 'neither .json nor .jsonl, and in no folder "files"'
      : 'no file'

/** Whether the file holds file objects of the API. People save those next to the contents of the files. */
async function describesFiles(path: string): Promise<boolean> {
  for await (const found of readObjects(path, lookInto)) {
    if (!('value' in found)) return false
    const { object, purpose, filename, vector_store_id } = found.value
    return object === 'file'
      ? Boolean(purpose && filename)
      : Boolean(object === 'vector_store.file' && vector_store_id)
  }
  return false
}

const sorted = async (folder: string) =>
  (await readdir(folder, { withFileTypes: true })).toSorted((one, other) => (one.name < other.name ? -1 : 1))

/**
 * Finds the content of a file by the id of the file, or else by its name in any Unicode normalization. The content must
 * have the size that the file had.
 */
export function indexContents(contents: ImportSources['contents']) {
  const byId = new Map<string, ImportSources['contents']>()
  const byName = new Map<string, ImportSources['contents']>()
  const add = (map: typeof byId, key: string, content: ImportSources['contents'][number]) => {
    const there = map.get(key)
    if (there) there.push(content)
    else map.set(key, [content])
  }
  for (const content of contents) {
    const [id] = /^(file|assistant)[-_][A-Za-z0-9]+(?=$|[._/ -])/.exec(content.below) ?? []
    if (id !== undefined) add(byId, id, content)
    add(byName, basename(content.below).normalize(), content)
  }
  const asked = new Set<Content>()

  /** Returns the path of the content, or the reason why there is none. */
  const find = (file: {
    id: string
    filename: string
    bytes: number
  }): { path: string } | { reason: string } => {
    const name = file.filename.split(/[/\\]/).at(-1) ?? ''
    const possible = (found: Content[] = []) =>
      found.filter(({ describes, bytes }) => !describes || bytes === file.bytes)
    const named = possible(byId.get(file.id))
    const candidates = named.length > 0 ? named : possible(byName.get(name.normalize()))
    for (const candidate of candidates) asked.add(candidate)
    const [content, another] = candidates.filter(({ bytes }) => bytes === file.bytes)
    if (content && (!another || named.length > 0)) return { path: content.path }
    if (content) return { reason: `there are several contents of that name: call the right one ${file.id}` }
    const [other] = candidates
    if (!other) return { reason: 'no content was given' }
    return {
      reason: `the content that was given has ${count(other.bytes, 'byte')}, but the file had ${file.bytes}`,
    }
  }
  return {
    find,
    /** Contents that no file object has asked for. */
    unasked: () => contents.filter((content) => !content.describes && !asked.has(content)),
  }
}
