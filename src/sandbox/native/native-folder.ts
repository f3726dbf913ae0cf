import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFolder, sandboxCacheFolder, pythonSources } from '../write-folder.ts'
import { seccompFilter } from '../launchers/seccomp-filter.ts'
import type { Interpreter } from './interpreter.ts'

/** What a native session reads of ours. */
export interface NativeFolder {
  path: string
  /** matplotlib's list of fonts, once it has been made. */
  fonts: string
  filter?: string
}

/**
 * The agent, the harness and the seccomp program in `<cacheDir>/native-<hash>`; with `uid` readable by that user.
 * `fontSet` stands for the fonts that sessions see and the matplotlib that lists them.
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

/** The font set of this machine: another matplotlib, or other fonts, make another list. */
export async function fontsHere({ packages }: Pick<Interpreter, 'packages'>): Promise<string> {
  const names = await readdir('/usr/share/fonts', { recursive: true }).catch((): string[] => [])
  return JSON.stringify([packages['matplotlib'], names.toSorted()])
}
