import { createHash, randomUUID } from 'node:crypto'
import { chmodSync, constants, existsSync, statSync } from 'node:fs'
import {
  chmod,
  copyFile,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** The texts to write and the files to copy, by name. */
export interface Contents {
  texts: Map<string, string | Uint8Array>
  copies?: Map<string, { from: string; mode: number }>
}

/**
 * Writes a folder `<parent>/<name>-<hash of the contents>` for a sandbox to read, unless it exists. An existing folder is
 * complete, because it was put there by a rename. Where files are copied from does not matter to its name, so that every
 * installation of a version has the same one; of them only the size is hashed, because some have 100 MB.
 */
export async function writeFolder(parent: string, name: string, contents: Contents): Promise<string> {
  const hash = createHash('sha256')
  for (const [file, text] of contents.texts) hash.update(`${file}\n`).update(text)
  for (const [file, { from, mode }] of contents.copies ?? [])
    hash.update(JSON.stringify([file, mode, statSync(from).size]))
  const path = join(parent, `${name}-${hash.digest('hex').slice(0, 12)}`)
  if (existsSync(path)) {
    const now = new Date()
    // A folder of another user is just as good, but its times cannot be changed.
    await utimes(path, now, now).catch(() => {})
    return path
  }
  await removeUnused(parent, name.split('-')[0] ?? name)

  const draft = `${path}.${randomUUID()}`
  await mkdir(draft)
  try {
    await chmod(draft, 0o755)
    for (const [file, { from, mode }] of contents.copies ?? []) {
      await copyFile(from, join(draft, file), constants.COPYFILE_FICLONE)
      await chmod(join(draft, file), mode)
    }
    for (const [file, text] of contents.texts) {
      await writeFile(join(draft, file), text)
      await chmod(join(draft, file), 0o444)
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    // Another process was faster, and its folder is just as good.
    if (!existsSync(path)) throw error
  }
  return path
}

/**
 * The folder for such folders. With `uid` (the server is root) another user must be able to read it. When that user
 * cannot look into the data folder of root, a folder of the system is used.
 */
export async function sandboxCacheFolder(cacheDir: string, uid?: number): Promise<string> {
  let above = cacheDir
  while (!existsSync(above)) above = dirname(above)
  // A command of root leaves nothing in the data folder of a service that the service could not write.
  if (uid !== undefined && !othersReach(await realpath(above))) return systemFolder()
  await mkdir(cacheDir, { recursive: true, mode: 0o755 })
  // Node's permission model grants the real path, and not the path of a link to it.
  const real = await realpath(cacheDir)
  return uid === undefined || othersReach(real) ? real : systemFolder()
}

async function systemFolder(): Promise<string> {
  const path = '/var/cache/threadmill'
  await mkdir(path, { recursive: true, mode: 0o755 })
  const about = statSync(path)
  if (about.uid !== 0) throw new Error(`${path} does not belong to root, who makes it: move it away`)
  chmodSync(path, 0o755)
  return path
}

/** The Python files of the sandbox, each under a name that programs are unlikely to import. */
export async function pythonSources(names?: string[]): Promise<Map<string, string>> {
  const folder = new URL('./python/', import.meta.url)
  const wanted = names ?? (await readdir(folder)).filter((name) => name.endsWith('.py')).toSorted()
  const sources = new Map<string, string>()
  for (const name of wanted) sources.set(name, await readFile(new URL(name, folder), 'utf8'))
  return sources
}

/** Whether a user who is neither the owner nor in the group can read this file or enter this folder. */
export function othersReach(path: string): boolean {
  const about = statSync(path)
  const needed = about.isDirectory() ? 0o005 : 0o004
  if ((about.mode & needed) !== needed) return false
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

/** Removes folders of other versions from which no server has started for a month. */
export async function removeUnused(parent: string, prefix: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(`${prefix}-`)) continue
    const path = join(parent, name)
    const unused = Date.now() - (await stat(path)).mtimeMs > 30 * 24 * 3600 * 1000
    if (unused) await rm(path, { recursive: true, force: true })
  }
}
