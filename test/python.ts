import { existsSync, symlinkSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setUpPython } from '../src/sandbox/python-setup/set-up-python.ts'
import { sandboxUser } from '../src/sandbox/sandbox-user.ts'

/**
 * The folder of a Python environment with the packages of `threadmill python setup`; undefined where there are no
 * native sessions. The first test that asks makes it, which takes minutes and a package index; the others wait for it.
 * It is kept in the user's cache folder, and made anew when the requirements change.
 */
export async function testPython(): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined
  const uid = sandboxUser()
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  const { path } = await setUpPython(join(cache, 'threadmill/tests'), {
    ...(uid !== undefined && { uid }),
    // The tests import all the others themselves.
    imports: ['ipykernel'],
  })
  return path
}

/** Puts it where a server with this data folder looks for it. */
export async function layTestPython(dataDir: string): Promise<void> {
  const path = await testPython()
  const link = join(dataDir, 'python')
  if (path !== undefined && !existsSync(link)) symlinkSync(path, link)
}

/** Whether this run of the tests is about this launcher: about all, unless THREADMILL_TEST_LAUNCHER names one. */
export function isTested(launcher: string): boolean {
  return [launcher, undefined, ''].includes(process.env['THREADMILL_TEST_LAUNCHER'])
}
