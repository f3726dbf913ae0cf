import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const lock = 'package-lock.json'

/**
 * Installs the packages of a folder that has a `package.json` of its own, unless they are there. Such packages are not
 * needed to start the server, so nobody waits for them who only wants that.
 */
export function bringPackages(folder: string): void {
  if (isThere(folder)) return
  // Several programs may ask at the same time, so it is made beside its place.
  const cache = join(import.meta.dirname, 'node_modules', '.cache')
  mkdirSync(cache, { recursive: true })
  const draft = mkdtempSync(join(cache, 'packages-'))
  try {
    for (const name of ['package.json', lock]) copyFileSync(join(folder, name), join(draft, name))
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: draft, stdio: 'pipe' })
    renameSync(join(draft, lock), join(draft, 'node_modules', lock))
    if (isThere(folder)) return
    const modules = join(folder, 'node_modules')
    if (existsSync(modules)) renameSync(modules, join(draft, 'former'))
    renameSync(join(draft, 'node_modules'), modules)
  } catch (error) {
    // Another program may have been quicker.
    if (!isThere(folder)) throw error
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

/** What is installed has the lock file beside it that it was made from. */
function isThere(folder: string): boolean {
  const installed = join(folder, 'node_modules', lock)
  return existsSync(installed) && readFileSync(installed).equals(readFileSync(join(folder, lock)))
}
