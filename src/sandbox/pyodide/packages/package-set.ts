import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { utimes } from 'node:fs/promises'
import { join } from 'node:path'

/** Packages that are fetched together into one folder, which sessions read. */
export interface PackageSet {
  /** The name of the folder in a session, below /lib/packages. */
  name: string
  packages: SetPackage[]
  /** Identifies the content by the hashes of the files. */
  key: string
  /**
   * Puts the wheels of the set into a folder, checks each by its sha256, and returns the file names. Wheels of an
   * interrupted call are not fetched again. Throws PrefetchFailure.
   */
  fetch(folder: string, onProgress: (done: number, total: number) => void): Promise<string[]>
}

export interface SetPackage {
  name: string
  version: string
  /** The names under which it is imported. */
  imports: string[]
  /** Whether it is wanted itself, and not only because another package needs it. */
  isWanted: boolean
}

/** A set that has been fetched. */
export interface PackageFolder {
  name: string
  path: string
}

/** Why packages could not be fetched, and what the user can do about it. */
export class PrefetchFailure extends Error {
  override name = 'PrefetchFailure'
}

/** The folder of a set. An existing folder is complete, because it was put there by a rename. */
export const folderOf = (parent: string, { name, key }: PackageSet): string =>
  join(parent, `wheels-${name}-${createHash('sha256').update(key).digest('hex').slice(0, 12)}`)

/** The sets that have been fetched, and the names that cannot be imported because the other sets have not. */
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
    // Sets from which no server has started for a month are removed.
    await utimes(path, now, now).catch(() => {})
    folders.push({ name: set.name, path })
    for (const { name, version, isWanted } of set.packages) if (isWanted) versions[name] = version
  }
  return { folders, versions, absent }
}
