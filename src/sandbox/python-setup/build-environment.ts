import { existsSync } from 'node:fs'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Installer } from './installer.ts'
import { packagesOf } from './packages-of.ts'

/**
 * The number of packages that one call installs. They are fetched in parallel, and the progress bar still moves often.
 */
const batch = 8

export interface BuildOptions {
  installer: Installer
  /** The text of a requirements file. */
  requirements: string
  /** Reports how many packages are installed, and how many there are in all. */
  onProgress: (done: number, total: number) => void
}

/** How far the build of an environment has come. */
interface Done {
  packages: number
  /** What was in the folder of modules then. Everything else belongs to an interrupted installation. */
  modules: string[]
}

/**
 * Makes a Python environment in a folder and installs the requirements, or continues an interrupted build. Throws
 * SetupFailure. What is finished then stays there for the next time.
 */
export async function buildEnvironment(folder: string, options: BuildOptions): Promise<void> {
  try {
    await install(folder, options)
  } catch (error) {
    if (!existsSync(noteOf(folder))) await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    throw error
  }
}

async function install(folder: string, { installer, requirements, onProgress }: BuildOptions): Promise<void> {
  const entries = [...packagesOf(requirements).values()]
  const note = noteOf(folder)
  let { packages } = await goOn(folder, installer)
  const file = join(folder, 'requirements.txt')
  onProgress(packages, entries.length)
  while (packages < entries.length) {
    await writeFile(file, entries.slice(packages, packages + batch).join(''))
    await installer.install(folder, file)
    packages = Math.min(packages + batch, entries.length)
    const done: Done = { packages, modules: await readdir(await modulesOf(folder)) }
    await writeFile(`${note}.new`, JSON.stringify(done))
    await rename(`${note}.new`, note)
    onProgress(packages, entries.length)
  }
  await rm(file, { force: true })
  await rm(note, { force: true })
  // The first lines of scripts contain the path of this folder, which is about to be renamed. They are removed, because
  // a session uses the modules and not the scripts.
  for (const name of await readdir(join(folder, 'bin'))) {
    if (!name.startsWith('python')) await rm(join(folder, 'bin', name), { recursive: true })
  }
}

const noteOf = (folder: string) => join(folder, 'done.json')

async function goOn(folder: string, installer: Installer): Promise<Done> {
  const note = noteOf(folder)
  if (!existsSync(note)) {
    await rm(folder, { recursive: true, force: true })
    await installer.makeEnvironment(folder)
    return { packages: 0, modules: [] }
  }
  const done = JSON.parse(await readFile(note, 'utf8')) as Done
  // A package that is only partly installed would count as installed, so it is removed.
  const modules = await modulesOf(folder)
  for (const name of await readdir(modules))
    if (!done.modules.includes(name)) await rm(join(modules, name), { recursive: true })
  return done
}

/** The folder of modules. An environment has exactly one Python. */
async function modulesOf(folder: string): Promise<string> {
  const [python = ''] = (await readdir(join(folder, 'lib'))).filter((name) => name.startsWith('python'))
  return join(folder, 'lib', python, 'site-packages')
}
