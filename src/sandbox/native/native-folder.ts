import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { layFolder, layingPlace, pythonSources } from '../lay-folder.ts'
import { seccompFilter } from '../seccomp-filter.ts'

/** What a native session reads of ours. */
export interface NativeFolder {
  path: string
  /** matplotlib's list of fonts, once it has been made. */
  fonts: string
  filter?: string
}

/** The agent, the harness and the seccomp program in `<cacheDir>/native-<hash>`; with `uid` readable by that user. */
export async function makeNativeFolder(cacheDir: string, uid?: number): Promise<NativeFolder> {
  const parent = await layingPlace(cacheDir, uid)
  const texts = new Map<string, string | Uint8Array>()
  for (const [name, text] of await pythonSources()) texts.set(`_${name}`, text)
  const filter = seccompFilter(process.arch)
  if (filter) texts.set('seccomp.bpf', filter)
  const path = await layFolder(parent, 'native', { texts })
  const fonts = join(path, 'fonts')
  if (!existsSync(fonts)) await mkdir(fonts, { recursive: true, mode: 0o755 })
  return { path, fonts, ...(filter && { filter: join(path, 'seccomp.bpf') }) }
}
