import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { s3Packages } from '../src/store/s3-packages.ts'

/** Where the packages of `test/package.json` are: a test below `test/` imports them by their names. */
export const testModules = join(import.meta.dirname, 'node_modules')
const modules = fileURLToPath(new URL('../node_modules', import.meta.url))

/**
 * Installs what only tests and checks need, unless it is there: clients, vitest, the compiler and the linter, over ten
 * thousand files that whoever wants to try a clone should not wait for. Examples and benches find the client as well.
 */
export function bringPackages(): void {
  if (!isThere()) install()
  for (const name of linked) linkPackage(name)
}

/** Several tests may ask at the same time, so it is made beside its place. */
function install(): void {
  const cache = join(modules, '.cache')
  mkdirSync(cache, { recursive: true })
  const draft = mkdtempSync(join(cache, 'test-packages-'))
  try {
    for (const name of ['package.json', lock])
      copyFileSync(join(import.meta.dirname, name), join(draft, name))
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: draft, stdio: 'pipe' })
    renameSync(join(draft, lock), join(draft, 'node_modules', lock))
    if (isThere()) return
    if (existsSync(testModules)) renameSync(testModules, join(draft, 'former'))
    renameSync(join(draft, 'node_modules'), testModules)
  } catch (error) {
    // Another test may have been quicker.
    if (!isThere()) throw error
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

const lock = 'package-lock.json'

/** What is installed has the lock file beside it that it was made from. */
function isThere(): boolean {
  const installed = join(testModules, lock)
  return (
    existsSync(installed) && readFileSync(installed).equals(readFileSync(join(import.meta.dirname, lock)))
  )
}

/** What programs outside of `test/` look for as well: the client of the API, and the server the one of S3. */
const linked = ['openai', ...Object.keys(s3Packages)]

/** A package that somebody has installed there stays. */
function linkPackage(name: string): void {
  const place = join(modules, name)
  try {
    if (existsSync(place)) return
    mkdirSync(dirname(place), { recursive: true })
    symlinkSync(relative(dirname(place), join(testModules, name)), place)
  } catch (error) {
    // Another test may have been quicker.
    if (!existsSync(place)) throw error
  }
}

if (import.meta.main) bringPackages()
