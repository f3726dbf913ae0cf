import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, lstatSync } from 'node:fs'
import { mkdir, readdir, readFile, readlink, realpath, rename, rm, symlink } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import { sandboxCacheFolder } from '../write-folder.ts'
import { findBasePython, type BasePython } from './base-python.ts'
import { buildEnvironment } from './build-environment.ts'
import { findInstaller, type InstallerOptions } from './installer.ts'
import { acquireFileLock } from './lock.ts'
import { SetupFailure } from './setup-failure.ts'

export interface SetupOptions extends InstallerOptions {
  /** The name of the link in the data folder. The default is `python`. */
  name?: string
  /** The text of a requirements file. The default is that of the data packages of this version of Threadmill. */
  requirements?: string
  /** Modules that must be importable at the end. */
  imports?: readonly string[]
  /** The user of the sandbox when the server is root. That user must be able to read the environment. */
  uid?: number
  /** Reports how many packages are installed, and how many there are in all. */
  onProgress?: (done: number, total: number) => void
}

export interface Setup {
  /** False when everything was there already. */
  isNew: boolean
  /** The real folder, to which the link in the data folder leads. */
  path: string
  version: string
}

const defaultImports =
  'ipykernel numpy pandas matplotlib.pyplot scipy sklearn openpyxl seaborn PIL docx'.split(' ')
/**
 * Makes a link in the data folder to a Python environment with the data packages or with others. Changes nothing when
 * it was made with the same requirements and the same Python. A new environment is built in a draft folder, tested, and
 * then renamed and linked, so that a server finds the old one or the new one and never an incomplete one. An
 * interrupted build is continued. The old environment stays until the next change, because a running server still reads
 * it. Throws SetupFailure.
 */
export async function setUpPython(folder: string, options: SetupOptions = {}): Promise<Setup> {
  const { name: linkName = 'python', imports = defaultImports, uid, onProgress = () => {} } = options
  const requirements = options.requirements ?? (await dataRequirements())
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const dataDir = await realpath(folder)
  const link = join(dataDir, linkName)
  if (existsSync(link) && !lstatSync(link).isSymbolicLink()) {
    throw new SetupFailure(`${link} was not made by this command: move it away to have another one made`)
  }
  const base = await findBasePython(uid)
  const name = nameOf(requirements, base)
  const linked = await realpath(link).catch(() => '')
  // What root has made in a folder of the system is as good for others, who could not write there.
  if (basename(linked) === name && (await complaintOf(linked, imports, uid)) === undefined)
    return { isNew: false, path: linked, version: base.version }
  const home = await homeOf(dataDir, linkName, uid)
  // Two commands at the same time would build the same, and the later one would remove what a server already uses.
  await using _ = await acquireFileLock(base.path, `${home}.lock`)
  const path = join(home, name)
  const draft = `${path}.${process.pid}`
  await takeOver(home, draft)

  const before = await readlink(link).then(
    (target) => resolve(dataDir, target),
    () => undefined,
  )
  const isThere = (await complaintOf(path, imports, uid)) === undefined
  if (!isThere) {
    const installer = await findInstaller(base, options)
    await buildEnvironment(draft, { installer, requirements, onProgress })
    const complaint = await complaintOf(draft, imports, uid)
    if (complaint !== undefined) {
      await rm(draft, { recursive: true, force: true, maxRetries: 5 })
      throw new SetupFailure(`the new environment does not work: ${complaint}`)
    }
    await rm(path, { recursive: true, force: true })
    await rename(draft, path)
  }
  await putLink(link, home.startsWith(`${dataDir}/`) ? relative(dataDir, path) : path)
  if (before !== path) await removeAllBut(home, [path, before])
  return { isNew: !isThere || before !== path, path, version: base.version }
}

/** Why the environment cannot be used. Undefined when it can. */
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

/**
 * The folder for the environments of this data folder. It is outside the data folder when the user of the sandbox
 * cannot enter that.
 */
async function homeOf(dataDir: string, name: string, uid: number | undefined): Promise<string> {
  const place = await sandboxCacheFolder(dataDir, uid)
  const home = join(place, place === dataDir ? `${name}-environments` : `${name}-${hashOf(dataDir)}`)
  await mkdir(home, { recursive: true, mode: 0o755 })
  return home
}

/** Whether an environment with these requirements is there. It is not tested. Throws SetupFailure. */
export async function isSetUp(
  dataDir: string,
  { name = 'python', requirements, uid }: Pick<SetupOptions, 'name' | 'requirements' | 'uid'> = {},
): Promise<boolean> {
  const link = join(dataDir, name)
  if (!existsSync(join(link, 'bin/python3'))) return false
  return (
    basename(await realpath(link)) ===
    nameOf(requirements ?? (await dataRequirements()), await findBasePython(uid))
  )
}

/** The requirements of the data packages. */
export const dataRequirements = () => readFile(new URL('requirements.txt', import.meta.url), 'utf8')

async function putLink(link: string, target: string): Promise<void> {
  const draft = `${link}.${randomUUID()}`
  await symlink(target, draft)
  await rename(draft, link)
}

/** Continues with the draft of an interrupted setup for the same place, and removes other drafts. */
async function takeOver(home: string, draft: string): Promise<void> {
  const place = draft.slice(0, draft.lastIndexOf('.'))
  for (const name of await readdir(home)) {
    const path = join(home, name)
    const pid = Number(name.split('.')[1])
    if (!(pid > 0) || (pid !== process.pid && isAlive(pid))) continue
    if (path.startsWith(`${place}.`) && !existsSync(draft)) await rename(path, draft)
    else if (path !== draft) await rm(path, { recursive: true, maxRetries: 5 })
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

const nameOf = (requirements: string, base: BasePython) =>
  hashOf(requirements, base.path, base.version, process.arch)

function hashOf(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12)
}
