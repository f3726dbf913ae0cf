import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { bringPackages } from '../bring-packages.ts'

// `console/dist`: the pages that the server sends to browsers. `npm ci` makes them, by the script `dependencies`:
// `prepare` would be asked about wherever the package is installed from a file. With `--if-possible` a failure is told
// and no more, because the server works without them.
const ifPossible = process.argv.includes('--if-possible')
const folder = import.meta.dirname

try {
  bringPackages(folder)
  const { build } = await import('vite')
  await build({ root: folder, configFile: join(folder, 'vite.config.ts'), logLevel: 'warn' })
  await compressAssets(join(folder, 'dist', 'assets'))
} catch (error) {
  if (!ifPossible) throw error
  console.error(
    `The console was not built: ${error}\nThe server works without it; "npm run console" tries again.`,
  )
}

/**
 * Puts a file for each encoding in the place of each file, so that the server compresses nothing and the package has no
 * third copy. All processors work on it.
 */
async function compressAssets(assets: string): Promise<void> {
  const compress = async (name: string) => {
    const path = join(assets, name)
    const bytes = await readFile(path)
    const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
    const [brotli, gzipped] = await Promise.all([
      promisify(brotliCompress)(bytes, { params }),
      promisify(gzip)(bytes, { level: 9 }),
    ])
    await Promise.all([writeFile(`${path}.br`, brotli), writeFile(`${path}.gz`, gzipped), rm(path)])
  }
  await Promise.all((await readdir(assets)).map(compress))
}
