import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { chmod, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { NativeEngine } from './native-engine.ts'
import { openNative, type NativeLauncher } from './open-native.ts'

/**
 * matplotlib looks through the machine's fonts at its first import, for seconds, and keeps the list in a file. Made once
 * by a confined session; the file comes out through the protocol and is given to all later ones.
 */
export async function makeFonts(
  native: NativeEngine,
  launcher: NativeLauncher,
  signal: AbortSignal,
): Promise<void> {
  const { folder, interpreter } = native
  if (!('matplotlib' in interpreter.packages) || readdirSync(folder.fonts).length > 0) return
  const kernel = await openNative(native, launcher, signal)
  const draft = join(folder.path, `.fonts.${randomUUID()}`)
  try {
    for await (const output of kernel.run(make, { timeoutMs: 120_000, signal })) {
      if (output.type === 'error') throw new Error(`${output.ename}: ${output.evalue}`)
    }
    const [file] = (await kernel.changedFiles()).files
    if (!file || !/^fontlist-[\w.-]+\.json$/.test(file.name)) return
    await writeFile(draft, kernel.getFile(file.name, 16 << 20), { signal })
    await chmod(draft, 0o444)
    await rename(draft, join(folder.fonts, file.name))
  } finally {
    await rm(draft, { force: true })
    await kernel.close()
  }
}

const make = `
import matplotlib.font_manager as fonts
fonts.json_dump(fonts.fontManager, f'/mnt/data/fontlist-v{fonts.FontManager.__version__}.json')
`
