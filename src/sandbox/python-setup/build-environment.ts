import { existsSync } from 'node:fs'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Installer } from './installer.ts'
import { packagesOf } from './packages-of.ts'

/** Installed by one call: enough to be fetched side by side, few enough for a bar that moves. */
const batch = 8

export interface BuildOptions {
  installer: Installer
  /** Text of a requirements file. */
  requirements: string
  /** Packages that are there, of how many in all. */
  onProgress: (done: number, total: number) => void
}

/** How far an environment is. */
interface Done {
  packages: number
  /** What was in its folder of modules then: all else is of an installation that was broken off. */
  modules: string[]
}

/**
 * Makes a Python environment in a folder and installs what the requirements say, or goes on where that was broken off.
 * Throws SetupFailure; then what is finished stays there for the next time.
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
  // Their first lines name this folder, which is about to be renamed; a session finds modules, not these.
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
  // A package that is half there would count as installed.
  const modules = await modulesOf(folder)
  for (const name of await readdir(modules))
    if (!done.modules.includes(name)) await rm(join(modules, name), { recursive: true })
  return done
}

/** The folder of modules; there is one Python in an environment. */
async function modulesOf(folder: string): Promise<string> {
  const [python = ''] = (await readdir(join(folder, 'lib'))).filter((name) => name.startsWith('python'))
  return join(folder, 'lib', python, 'site-packages')
}
