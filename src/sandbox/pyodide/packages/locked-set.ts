import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { PrefetchFailure, type PackageSet } from './package-set.ts'

/** The part of Pyodide's lock file that is used here. */
export const pyodideLock = z.object({
  packages: z.record(
    z.string(),
    z.object({
      name: z.string(),
      version: z.string(),
      file_name: z.string().regex(/^[\w.+-]+\.whl$|^[\w.+-]+\.zip$/),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      imports: z.array(z.string()),
      depends: z.array(z.string()),
      package_type: z.string(),
    }),
  ),
})
type Lock = z.infer<typeof pyodideLock>

/**
 * These packages and all their dependencies, as Pyodide's lock file pins them. `mirror` is the address of the files.
 */
export function lockedSet(lock: Lock, names: readonly string[], mirror: string): PackageSet {
  const wheels = closure(lock, names)
  return {
    name: 'pyodide',
    key: wheels.map(({ sha256 }) => sha256).join(),
    packages: wheels.map(({ name, version, imports }) => ({
      name,
      version,
      imports,
      isWanted: names.includes(name),
    })),
    async fetch(folder, onProgress) {
      await mkdir(folder, { recursive: true })
      let done = 0
      onProgress(0, wheels.length)
      for (const { file_name, sha256 } of wheels) {
        await fetchWheel(`${mirror.replace(/\/+$/, '')}/${file_name}`, join(folder, file_name), sha256)
        onProgress(++done, wheels.length)
      }
      return wheels.map(({ file_name }) => file_name)
    },
  }
}

function closure({ packages }: Lock, names: readonly string[]): Lock['packages'][string][] {
  const found = new Map<string, Lock['packages'][string]>()
  const rest = [...names]
  for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
    // Dependencies are written in every form that a package name allows, so names are normalized.
    const key = name.toLowerCase().replaceAll(/[-_.]+/g, '-')
    const one = packages[key]
    if (one?.package_type !== 'package') throw new Error(`${name} is not a package of the lock file`)
    if (found.has(key)) continue
    found.set(key, one)
    rest.push(...one.depends)
  }
  return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

async function fetchWheel(url: string, path: string, sha256: string): Promise<void> {
  if ((await readFile(path).then(hashOf, () => '')) === sha256) return
  const response = await fetch(url).catch((error: unknown) => {
    throw new PrefetchFailure(`${url} cannot be reached; THREADMILL_PYODIDE_MIRROR can name another place`, {
      cause: error,
    })
  })
  if (!response.ok) throw new PrefetchFailure(`${url} answered ${response.status}`)
  const bytes = await response.bytes().catch((error: unknown) => {
    throw new PrefetchFailure(`${url} ended early; run the command again to go on from here`, {
      cause: error,
    })
  })
  if (hashOf(bytes) !== sha256)
    throw new PrefetchFailure(`${url} is not the file that was expected (sha256); it was not kept`)
  await writeFile(`${path}.part`, bytes)
  await rename(`${path}.part`, path)
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
