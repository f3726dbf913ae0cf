import { createHash, randomUUID } from 'node:crypto'
import { chmodSync, constants, existsSync, statSync } from 'node:fs'
import {
  chmod,
  copyFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import { basename, dirname, join } from 'node:path'

/** Everything the child needs, in one folder: the only one of ours that it can see. */
export interface RuntimeFolder {
  path: string
  /** The Node program that the child can execute. */
  node: string
}

const pyodideFiles = [
  'package.json',
  'pyodide-lock.json',
  'pyodide.asm.mjs',
  'pyodide.asm.wasm',
  'pyodide.mjs',
  'python_stdlib.zip',
]

/**
 * Copies Pyodide, the kernel and the harness into `<cacheDir>/pyodide-<version>-<hash>`, once; a folder that is there
 * is complete, because it came by a rename. With `uid` (the server is root) the folder and Node must be readable by
 * another user: a data folder of root's own is not, so a folder of the system is used then, and Node is copied too
 * when it lies in somebody's home.
 */
export async function makeRuntimeFolder(cacheDir: string, uid?: number): Promise<RuntimeFolder> {
  await mkdir(cacheDir, { recursive: true, mode: 0o755 })
  const parent = uid === undefined || othersReach(cacheDir) ? cacheDir : '/var/cache/threadmill'
  if (parent !== cacheDir) await makeSystemFolder(parent)

  const pyodide = dirname(createRequire(import.meta.url).resolve('pyodide/package.json'))
  const { version } = JSON.parse(await readFile(join(pyodide, 'package.json'), 'utf8')) as { version: string }
  const sources = new Map<string, string>()
  for (const name of ['harness.py', 'harness_files.py', 'harness_output.py']) {
    sources.set(name, await readFile(new URL(`./${name}`, import.meta.url), 'utf8'))
  }
  for (const name of ['./kernel', './memory-files', '../frames']) {
    sources.set(`${basename(name)}.js`, await readModule(name))
  }
  const needsNode = uid !== undefined && !othersReach(process.execPath)
  const hash = createHash('sha256').update(JSON.stringify([...sources, needsNode && process.version]))
  const path = join(parent, `pyodide-${version}-${hash.digest('hex').slice(0, 12)}`)
  const node = needsNode ? join(path, 'node') : process.execPath
  if (existsSync(path)) {
    const now = new Date()
    // A folder that somebody else has laid out is as good, and its times are theirs.
    await utimes(path, now, now).catch(() => {})
    return { path, node }
  }
  await removeUnused(parent)

  const draft = `${path}.${randomUUID()}`
  await mkdir(draft)
  try {
    await chmod(draft, 0o755)
    const copy = async (from: string, name: string, mode: number) => {
      await copyFile(from, join(draft, name), constants.COPYFILE_FICLONE)
      await chmod(join(draft, name), mode)
    }
    for (const name of pyodideFiles) await copy(join(pyodide, name), name, 0o444)
    for (const [name, text] of sources) {
      await writeFile(join(draft, name), text)
      await chmod(join(draft, name), 0o444)
    }
    if (needsNode) await copy(process.execPath, 'node', 0o555)
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    // Another process was faster: its folder is as good.
    if (!existsSync(path)) throw error
  }
  return { path, node }
}

/** The module as plain JavaScript with its neighbours beside it: from source its types go, built it has none. */
async function readModule(name: string): Promise<string> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const text = await readFile(new URL(`${name}.${extension}`, import.meta.url), 'utf8')
  const script = extension === 'ts' ? withoutTypes(text) : text
  return script.replaceAll(/from '\.{1,2}\/([\w-]+)\.(?:ts|js)'/g, "from './$1.js'")
}

/** Node marks this one function as experimental and says so on stderr at the first call, where users would read it. */
function withoutTypes(text: string): string {
  // oxlint-disable-next-line unbound-method -- put back as it was, never called here
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return stripTypeScriptTypes(text)
  } finally {
    process.emitWarning = emitWarning
  }
}

/** Whether a user who is neither the owner nor of the group can read this file or enter this folder. */
function othersReach(path: string): boolean {
  const about = statSync(path)
  const needed = about.isDirectory() ? 0o005 : 0o004
  if ((about.mode & needed) !== needed) return false
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

/** Folders of other versions, which no server has started from for a month. */
async function removeUnused(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith('pyodide-')) continue
    const path = join(parent, name)
    const unused = Date.now() - (await stat(path)).mtimeMs > 30 * 24 * 3600 * 1000
    if (unused) await rm(path, { recursive: true, force: true })
  }
}

/** Root's, and only root can change it. Throws when somebody else's folder has the name. */
async function makeSystemFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o755 })
  const about = statSync(path)
  if (about.uid !== 0) throw new Error(`${path} does not belong to root`)
  chmodSync(path, 0o755)
}
