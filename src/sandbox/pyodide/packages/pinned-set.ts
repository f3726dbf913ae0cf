import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findBasePython } from '../../python-setup/base-python.ts'
import { downloadPure } from '../../python-setup/installer.ts'
import { packagesOf } from '../../python-setup/packages-of.ts'
import { SetupFailure } from '../../python-setup/setup-failure.ts'
import { PrefetchFailure, type PackageSet } from './package-set.ts'

/**
 * Packages of pure Python that are not in Pyodide's lock file. A requirements file pins and hashes them. pip fetches
 * them from a package index, because it knows the protocol. `imports` gives the names under which each is imported.
 */
export function pinnedSet(
  requirements: string,
  imports: Readonly<Record<string, string>>,
  mirror: string | undefined,
): PackageSet {
  const names = Object.keys(imports)
  const packages = packagesOf(requirements)
  const entries = names.map((name) => {
    const entry = packages.get(name)
    if (entry?.match(/==/g)?.length !== 1) throw new Error(`${name} is not pinned to one version`)
    return entry
  })
  return {
    name: 'pure',
    key: entries.join(''),
    packages: names.map((name, at) => ({
      name,
      version: /==(\S+)/.exec(entries[at]!)![1]!,
      imports: [imports[name]!],
      isWanted: true,
    })),
    async fetch(folder, onProgress) {
      onProgress(0, entries.length)
      const environment = `${folder}.pip`
      await mkdir(folder, { recursive: true })
      try {
        await writeFile(join(folder, 'requirements.txt'), entries.join(''))
        await downloadPure(await findBasePython(undefined), environment, folder, mirror)
      } catch (error) {
        if (!(error instanceof SetupFailure)) throw error
        throw new PrefetchFailure(`${names.join(', ')} come by pip: ${error.message}`, { cause: error })
      } finally {
        await rm(environment, { recursive: true, force: true })
      }
      const wheels = (await readdir(folder)).filter((name) => name.endsWith('.whl'))
      for (const wheel of wheels) {
        const sha256 = createHash('sha256')
          .update(await readFile(join(folder, wheel)))
          .digest('hex')
        if (entries.some((entry) => entry.includes(`sha256:${sha256}`))) continue
        await rm(join(folder, wheel))
        throw new PrefetchFailure(`${wheel} is not the file that was expected (sha256); it was not kept`)
      }
      onProgress(wheels.length, entries.length)
      return wheels
    },
  }
}
