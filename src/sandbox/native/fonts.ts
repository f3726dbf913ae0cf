import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { chmod, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { NativeEngine } from './native-engine.ts'
import { openNative, type NativeLauncher } from './open-native.ts'

/**
 * At its first import matplotlib searches the fonts of the machine, which takes seconds, and stores the list in a file.
 * A confined session makes the file once. It is read through the protocol and given to all later sessions.
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
