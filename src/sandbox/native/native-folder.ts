import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFolder, sandboxCacheFolder, pythonSources } from '../write-folder.ts'
import { seccompFilter } from '../launchers/seccomp-filter.ts'
import type { Interpreter } from './interpreter.ts'

/** The files of this product that a native session reads. */
export interface NativeFolder {
  path: string
  /** The font list of matplotlib, after it has been made. */
  fonts: string
  filter?: string
}

/**
 * Writes the agent, the harness and the seccomp program to `<cacheDir>/native-<hash>`. With `uid` that user can read
 * the folder. `fontSet` identifies the fonts that sessions see and the matplotlib that lists them.
 */
export async function makeNativeFolder(
  cacheDir: string,
  fontSet: string,
  uid?: number,
): Promise<NativeFolder> {
  const parent = await sandboxCacheFolder(cacheDir, uid)
  const texts = new Map<string, string | Uint8Array>()
  for (const [name, text] of await pythonSources()) texts.set(`_${name}`, text)
  const filter = seccompFilter(process.arch)
  if (filter) texts.set('seccomp.bpf', filter)
  const path = await writeFolder(parent, 'native', { texts })
  const fonts = join(path, `fonts-${createHash('sha256').update(fontSet).digest('hex').slice(0, 12)}`)
  if (!existsSync(fonts)) await mkdir(fonts, { recursive: true, mode: 0o755 })
  return { path, fonts, ...(filter && { filter: join(path, 'seccomp.bpf') }) }
}

/** Identifies the font list of this machine, which depends on the version of matplotlib and on the fonts. */
export async function fontsHere({ packages }: Pick<Interpreter, 'packages'>): Promise<string> {
  const names = await readdir('/usr/share/fonts', { recursive: true }).catch((): string[] => [])
  return JSON.stringify([packages['matplotlib'], names.toSorted()])
}
