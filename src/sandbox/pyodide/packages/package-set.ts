import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { utimes } from 'node:fs/promises'
import { join } from 'node:path'

/** Packages that are fetched together and lie in one folder, which sessions read. */
export interface PackageSet {
  /** Of its folder in a session, below /lib/packages. */
  name: string
  packages: SetPackage[]
  /** What makes it another set: the hashes of its files. */
  key: string
  /**
   * Puts its wheels into a folder, each checked by its sha256, and gives their file names. Wheels that are there from a
   * call that was broken off are not fetched again. Throws PrefetchFailure.
   */
  fetch(folder: string, onProgress: (done: number, total: number) => void): Promise<string[]>
}

export interface SetPackage {
  name: string
  version: string
  /** What it is imported as. */
  imports: string[]
  /** Wanted for itself, not because another one needs it. */
  isWanted: boolean
}

/** A set that has been fetched. */
export interface PackageFolder {
  name: string
  path: string
}

/** Why packages could not be fetched, and what the person at the terminal can do about it. */
export class PrefetchFailure extends Error {
  override name = 'PrefetchFailure'
}

/** Where the set is when it is there: a folder that is there is complete, because it came by a rename. */
export const folderOf = (parent: string, { name, key }: PackageSet): string =>
  join(parent, `wheels-${name}-${createHash('sha256').update(key).digest('hex').slice(0, 12)}`)

/** What has been fetched of the sets, and the names that cannot be imported because the rest has not. */
export async function findPackages(
  parent: string,
  sets: PackageSet[],
): Promise<{ folders: PackageFolder[]; versions: Record<string, string>; absent: string[] }> {
  const folders: PackageFolder[] = []
  const versions: Record<string, string> = {}
  const absent: string[] = []
  for (const set of sets) {
    const path = folderOf(parent, set)
    if (!existsSync(path)) {
      absent.push(...set.packages.flatMap(({ imports }) => imports))
      continue
    }
    const now = new Date()
    // What no server starts with for a month is taken away.
    await utimes(path, now, now).catch(() => {})
    folders.push({ name: set.name, path })
    for (const { name, version, isWanted } of set.packages) if (isWanted) versions[name] = version
  }
  return { folders, versions, absent }
}
