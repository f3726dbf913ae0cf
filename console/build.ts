import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { bringPackages } from '../bring-packages.ts'

// `console/dist`: the pages that the server sends to browsers. With `--if-possible`, which `npm ci` says, a failure is
// told and no more, because the server works without them.
const ifPossible = process.argv.includes('--if-possible')
const folder = import.meta.dirname

try {
  bringPackages(folder)
  const { build } = await import('vite')
  await build({ root: folder, configFile: join(folder, 'vite.config.ts'), logLevel: 'warn' })
  compressAssets(join(folder, 'dist', 'assets'))
} catch (error) {
  if (!ifPossible) throw error
  console.error(
    `The console was not built: ${error}\nThe server works without it; "npm run console" tries again.`,
  )
}

/** Writes each file compressed beside itself, so that the server compresses nothing. */
function compressAssets(assets: string): void {
  for (const name of readdirSync(assets)) {
    const path = join(assets, name)
    const bytes = readFileSync(path)
    const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
    writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }))
    writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }))
  }
}
