import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findLocalModel } from './embedding/local-model.ts'

/** What makes the optional parts whole. */
export const setupCommand = 'threadmill setup'

/** The optional parts, and how much of the disk they take on Linux. */
export const extras = {
  python: { what: 'Python with the data packages', size: '1.1 GB' },
  search: { what: 'hybrid file search', size: '180 MB' },
} as const

export type Extra = keyof typeof extras

export interface Extras {
  /** Whether `threadmill setup` has brought it. */
  hasPython: boolean
  hasSearch: boolean
  /** How files are found: by words alone, or by words and the vectors of the local model or of another one. */
  search: 'words' | 'local' | 'other'
  /** What `threadmill setup` would bring here. */
  missing: Extra[]
  /** All of it in one line. */
  line: string
}

/**
 * Which of the optional parts a data folder has, and what `threadmill setup` would bring. `embedding` is what the
 * settings say of it; `hasPackages` that another Python of this machine has the data packages.
 */
export function describeExtras({
  dataDir,
  embedding,
  hasPackages = false,
}: {
  dataDir: string
  embedding?: { type: string } | undefined
  hasPackages?: boolean
}): Extras {
  const hasPython = existsSync(join(dataDir, 'python/bin/python3'))
  const hasSearch = !('missing' in findLocalModel(dataDir))
  const takesLocal = embedding === undefined || embedding.type === 'local'
  const other = embedding?.type === 'off' ? 'words' : 'other'
  const search = takesLocal ? (hasSearch ? 'local' : 'words') : other
  const missing: Extra[] = []
  if (!hasPython && !hasPackages) missing.push('python')
  if (takesLocal && !hasSearch) missing.push('search')
  return { hasPython, hasSearch, search, missing, line: lineOf(search, missing) }
}

function lineOf(search: Extras['search'], missing: Extra[]): string {
  const ways = { words: 'by words', local: 'hybrid, by the local model', other: 'hybrid' }
  const brings = missing.map((name) => `${extras[name].what} (${extras[name].size})`).join(' and ')
  const packages = missing.includes('python') ? 'no data packages' : 'data packages'
  return `${packages}; file search ${ways[search]}${brings && `; ${setupCommand} brings ${brings}`}`
}
