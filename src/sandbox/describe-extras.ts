import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { namesOfPackages, setupCommand } from './data-packages.ts'
import { findLocalModel } from './embedding/local-model.ts'
import { dataPackages } from './native/interpreter.ts'

/** The optional parts, with the bytes that are fetched for each and those that it takes on the disk, on Linux. */
export const extras = {
  python: { what: 'Python with the data packages', download: 310e6, bytes: 1.1e9 },
  search: { what: 'hybrid file search', download: 66e6, bytes: 180e6 },
} as const

/** Megabytes rounded up, or gigabytes: `66 MB`, `1.1 GB`. */
export const bytesInWords = (bytes: number) =>
  bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`

export type Extra = keyof typeof extras

export interface Extras {
  /** Whether `threadmill setup` has installed the Python environment. */
  hasPython: boolean
  hasSearch: boolean
  /** How files are found: by words alone, or also by the vectors of the local model or of another one. */
  search: 'words' | 'local' | 'other'
  /** The parts that `threadmill setup` would install here. */
  missing: Extra[]
  /** The same in one line of text. */
  line: string
}

/**
 * Tells which optional parts a data folder has, and which `threadmill setup` would install. `embedding` is the setting
 * of search, `engine` the setting of the code interpreter, and `packages` are the packages that the interpreter has.
 */
export function describeExtras({
  dataDir,
  embedding,
  engine,
  packages,
}: {
  dataDir: string
  embedding?: { type: string } | undefined
  engine?: string
  packages?: Readonly<Record<string, string>> | undefined
}): Extras {
  const known = namesOfPackages(packages)
  const hasPackages = dataPackages.every((name) => known.includes(name))
  const hasPython = existsSync(join(dataDir, 'python/bin/python3'))
  const hasSearch = !('missing' in findLocalModel(dataDir))
  const takesLocal = embedding === undefined || embedding.type === 'local'
  const other = embedding?.type === 'off' ? 'words' : 'other'
  const search = takesLocal ? (hasSearch ? 'local' : 'words') : other
  const missing: Extra[] = []
  if (engine !== 'off' && !hasPython && !hasPackages) missing.push('python')
  if (takesLocal && !hasSearch) missing.push('search')
  return { hasPython, hasSearch, search, missing, line: lineOf(search, missing) }
}

const ways = {
  words: 'by words',
  local: 'hybrid, by words and the local model',
  other: 'hybrid, by words and vectors',
}

/** Says in words how files are found. */
export const searchInWords = (search: Extras['search']): string => ways[search]

/** Says what setup would install. Empty when nothing is missing. `command` is how the user calls setup here. */
export function bringsInWords(missing: readonly Extra[], command = setupCommand()): string {
  const parts = missing.map((name) => `${extras[name].what} (${bytesInWords(extras[name].bytes)})`)
  return parts.length === 0 ? '' : `"${command}" brings ${parts.join(' and ')}`
}

const lineOf = (search: Extras['search'], missing: readonly Extra[]) =>
  `file search ${searchInWords(search)}; ${bringsInWords(missing) || 'all is set up'}`
