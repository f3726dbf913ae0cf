import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { chooseProvider } from '../../choose-provider.ts'
import { defaultSandboxLimits } from '../../default-limits.ts'
import { findSandboxCandidates } from '../../find-candidates.ts'
import { sandboxCacheFolder, removeUnused } from '../../write-folder.ts'
import type { Kernel } from '../../sandbox.ts'
import { packagesRoot } from '../mount-packages.ts'
import { folderOf, PrefetchFailure, type PackageSet } from './package-set.ts'
import { unpackWheel } from './unpack-wheel.ts'

export interface PrefetchOptions {
  /** The user of the sandbox when the server is root. That user must be able to read the packages. */
  uid: number | undefined
  onFetched?: (done: number, total: number) => void
  onUnpacked?: (done: number, total: number) => void
}

const MiB = 1 << 20
/** The limits of the kernel that unpacks wheels. The largest wheel contains about 65 MB. */
const limits = { ...defaultSandboxLimits, memory: 2048 * MiB, disk: 512 * MiB, callMs: 600_000 }

/**
 * Fetches a set. Returns false when it is there already. The set is complete or missing, also when another process
 * fetches it or this one dies. Wheels of an interrupted call are kept for the next one. Throws PrefetchFailure.
 */
export async function prefetch(
  cacheDir: string,
  set: PackageSet,
  { uid, onFetched = () => {}, onUnpacked = () => {} }: PrefetchOptions,
): Promise<boolean> {
  const parent = await sandboxCacheFolder(cacheDir, uid)
  const path = folderOf(parent, set)
  if (existsSync(path)) return false
  await removeUnused(parent, 'wheels')

  const fetched = `${path}.fetched`
  const wheels = await set.fetch(fetched, onFetched)
  const draft = `${path}.${randomUUID()}`
  const kernel = await openKernel(cacheDir, uid)
  try {
    await mkdir(draft)
    await chmod(draft, 0o755)
    onUnpacked(0, wheels.length)
    for (const [at, wheel] of wheels.entries()) {
      await unpackWheel(kernel, join(fetched, wheel), draft, `${packagesRoot}/${set.name}`)
      onUnpacked(at + 1, wheels.length)
    }
    await rename(draft, path).catch((error: unknown) => {
      // Another process was faster, and its folder is just as good.
      if (!existsSync(path)) throw error
    })
  } finally {
    await kernel.close()
    await rm(draft, { recursive: true, force: true })
  }
  await rm(fetched, { recursive: true, force: true })
  return true
}

/** The hash of what is unpacked is known, so any confinement is enough. */
async function openKernel(cacheDir: string, uid: number | undefined): Promise<Kernel> {
  const { providers, missing } = await findSandboxCandidates({ cacheDir, limits, uid }, 'pyodide')
  const { signal } = new AbortController()
  const choice = await chooseProvider(providers, { allowWeak: true, missing, signal })
  if (!('provider' in choice)) throw new PrefetchFailure(choice.reason)
  return await choice.provider.open({})
}
