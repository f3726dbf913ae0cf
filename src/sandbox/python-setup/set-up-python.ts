import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, lstatSync } from 'node:fs'
import {
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import { layingPlace } from '../lay-folder.ts'
import { findBasePython } from './base-python.ts'
import { findInstaller, type Installer, type InstallerOptions } from './installer.ts'
import { lockFile } from './lock.ts'
import { packagesOf } from './packages-of.ts'
import { SetupFailure } from './setup-failure.ts'

export interface SetupOptions extends InstallerOptions {
  /** Of the link in the data folder; `python` unless told. */
  name?: string
  /** Text of a requirements file; that of the data packages of this version of Threadmill unless told. */
  requirements?: string
  /** Modules that must be there in the end. */
  imports?: readonly string[]
  /** The sandbox's user when the server is root: the environment must be in its reach. */
  uid?: number
  /** Packages that are there, of how many in all. */
  onProgress?: (done: number, total: number) => void
}

export interface Setup {
  /** False where everything was there already. */
  isNew: boolean
  /** The real folder, to which the link in the data folder leads. */
  path: string
  version: string
}

const usualImports = 'ipykernel numpy pandas matplotlib.pyplot scipy sklearn openpyxl seaborn PIL docx'.split(
  ' ',
)
/** Installed by one call: enough to be fetched side by side, few enough for a bar that moves. */
const batch = 8

/**
 * Makes a link in the data folder to a Python environment with the data packages, or with others, or leaves it when it has
 * been made of the same requirements and the same Python. An environment is built beside its place, tried, and then renamed and linked
 * to, so that a server finds the old one or the new one and never a half. The old one stays until the next change: a
 * server that runs still reads it. Throws SetupFailure.
 */
export async function setUpPython(folder: string, options: SetupOptions = {}): Promise<Setup> {
  const { name: linkName = 'python', imports = usualImports, uid, onProgress = () => {} } = options
  const requirements =
    options.requirements ?? (await readFile(new URL('requirements.txt', import.meta.url), 'utf8'))
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const dataDir = await realpath(folder)
  const link = join(dataDir, linkName)
  if (existsSync(link) && !lstatSync(link).isSymbolicLink()) {
    throw new SetupFailure(`${link} was not made by this command: move it away to have another one made`)
  }
  const base = await findBasePython(uid)
  const home = await homeOf(dataDir, linkName, uid)
  // Two commands at a time would build the same twice, and the later one would remove what a server already uses.
  await using _ = await lockFile(base.path, `${home}.lock`)
  await removeAbandoned(home)

  const name = hashOf(requirements, base.path, base.version, process.arch)
  const path = join(home, name)
  const before = await readlink(link).then(
    (target) => resolve(dataDir, target),
    () => undefined,
  )
  const isThere = (await complaintOf(path, imports, uid)) === undefined
  if (!isThere) {
    const installer = await findInstaller(base, options)
    const draft = `${path}.${process.pid}`
    try {
      await build(draft, installer, requirements, onProgress)
      const complaint = await complaintOf(draft, imports, uid)
      if (complaint !== undefined) throw new SetupFailure(`the new environment does not work: ${complaint}`)
      await rm(path, { recursive: true, force: true })
      await rename(draft, path)
    } finally {
      await rm(draft, { recursive: true, force: true, maxRetries: 5 })
    }
  }
  await putLink(link, home.startsWith(`${dataDir}/`) ? relative(dataDir, path) : path)
  if (before !== path) await removeAllBut(home, [path, before])
  return { isNew: !isThere || before !== path, path, version: base.version }
}

async function build(
  folder: string,
  installer: Installer,
  requirements: string,
  onProgress: (done: number, total: number) => void,
): Promise<void> {
  const entries = [...packagesOf(requirements).values()]
  onProgress(0, entries.length)
  await installer.makeEnvironment(folder)
  const file = join(folder, 'requirements.txt')
  for (let at = 0; at < entries.length; at += batch) {
    await writeFile(file, entries.slice(at, at + batch).join(''))
    await installer.install(folder, file)
    onProgress(Math.min(at + batch, entries.length), entries.length)
  }
  await rm(file)
  // Their first lines name this folder, which is about to be renamed; a session finds modules, not these.
  for (const name of await readdir(join(folder, 'bin'))) {
    if (!name.startsWith('python')) await rm(join(folder, 'bin', name), { recursive: true })
  }
}

/** Why the environment cannot be used, or undefined when it can. */
async function complaintOf(
  folder: string,
  imports: readonly string[],
  uid: number | undefined,
): Promise<string | undefined> {
  const python = join(folder, 'bin/python3')
  if (!existsSync(python)) return 'it is not there'
  try {
    await promisify(execFile)(python, ['-I', '-c', `import ${imports.join(', ')}`], {
      cwd: '/',
      env: {},
      timeout: 120_000,
      ...(uid !== undefined && { uid, gid: uid }),
    })
    return undefined
  } catch (error) {
    return (error as Error).message.trim().split('\n').at(-1)
  }
}

/** Where the environments of this data folder are; outside of it when the sandbox's user cannot look into it. */
async function homeOf(dataDir: string, name: string, uid: number | undefined): Promise<string> {
  const place = await layingPlace(dataDir, uid)
  const home = join(place, place === dataDir ? `${name}-environments` : `${name}-${hashOf(dataDir)}`)
  await mkdir(home, { recursive: true, mode: 0o755 })
  return home
}

async function putLink(link: string, target: string): Promise<void> {
  const draft = `${link}.${randomUUID()}`
  await symlink(target, draft)
  await rename(draft, link)
}

/** Drafts of setups that were killed. */
async function removeAbandoned(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    const pid = Number(name.split('.')[1])
    if (pid > 0 && (pid === process.pid || !isAlive(pid)))
      await rm(join(home, name), { recursive: true, maxRetries: 5 })
  }
}

async function removeAllBut(home: string, kept: (string | undefined)[]): Promise<void> {
  for (const name of await readdir(home)) {
    if (!name.includes('.') && !kept.includes(join(home, name)))
      await rm(join(home, name), { recursive: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function hashOf(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12)
}
