import { readdir, stat } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { isReadable } from '../search/extract/detect-format.ts'
import { defaultExtractLimits } from '../search/extract/limits.ts'
import { CommandFailure } from './command.ts'

export interface FoundFile {
  path: string
  /** The path below the folder, with slashes on every system. */
  name: string
}

export interface Found {
  files: FoundFile[]
  leftOut: { path: string; reason: string }[]
}

/**
 * Finds the files of a folder from which text can be extracted, judged by their names or their contents, in order; and
 * the files that are left out, with reasons. A single file is taken as it is. Throws CommandFailure.
 */
export async function findFiles(path: string): Promise<Found> {
  const top = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailure(
      error.code === 'ENOENT' ? `${path} does not exist` : `${path} cannot be read (${error.code})`,
    )
  })
  if (top.isFile()) return { files: [{ path, name: basename(path) }], leftOut: [] }
  if (!top.isDirectory()) throw new CommandFailure(`${path} is neither a folder nor a file`)
  const found: Found = { files: [], leftOut: [] }
  await walk(path, async (entry) => {
    const reason = await reasonAgainst(entry)
    const { path: at } = entry
    if (reason === undefined) found.files.push({ path: at, name: relative(path, at).replaceAll('\\', '/') })
    else found.leftOut.push({ path: at, reason })
  })
  return found
}

interface Entry {
  path: string
  kind: 'file' | 'link' | 'hidden' | 'unreadable' | 'other'
}

/** Visits one folder after the other, so that a folder without permission does not hide the others. */
async function walk(folder: string, visit: (entry: Entry) => Promise<void>): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined)
  if (!entries) return visit({ path: folder, kind: 'unreadable' })
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.name.startsWith('.')) await visit({ path, kind: 'hidden' })
    else if (entry.isDirectory()) await walk(path, visit)
    else await visit({ path, kind: entry.isFile() ? 'file' : entry.isSymbolicLink() ? 'link' : 'other' })
  }
}

async function reasonAgainst({ path, kind }: Entry): Promise<string | undefined> {
  if (kind === 'hidden') return 'hidden'
  if (kind === 'link') return 'a link: name what it leads to'
  if (kind === 'other') return 'no file'
  if (kind === 'unreadable') return 'the folder cannot be read'
  try {
    const { size } = await stat(path)
    if (size === 0) return 'empty'
    const file = { path, filename: basename(path), bytes: size }
    return (await isReadable(file, defaultExtractLimits))
      ? undefined
      : 'no kind of file that text can be read from'
  } catch (error) {
    return `it cannot be read (${(error as NodeJS.ErrnoException).code})`
  }
}
