import { existsSync, renameSync, symlinkSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setUpPython } from '../src/sandbox/python-setup/set-up-python.ts'
import { embeddingEnvironment } from '../src/sandbox/embedding/local-model.ts'
import { embeddingRequirements } from '../src/sandbox/embedding/requirements.ts'
import { sandboxUser } from '../src/sandbox/sandbox-user.ts'

/** The user's cache folder: what is in it outlives a run of the tests. */
const testCache = () => join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'threadmill/tests')

/**
 * The folder of a Python environment with the packages of `threadmill python setup`; undefined where there are no
 * native sessions. The first test that asks makes it, which takes minutes and a package index; the others wait for it.
 * It is kept in the user's cache folder, and made anew when the requirements change.
 */
export async function testPython(): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined
  const uid = sandboxUser()
  const { path } = await setUpPython(testCache(), {
    ...(uid !== undefined && { uid }),
    // The tests import all the others themselves.
    imports: ['ipykernel'],
  })
  return path
}

/** The same of the environment that runs the embedding model, with the model. It takes seconds. */
export async function testEmbedding(): Promise<string> {
  const uid = sandboxUser()
  const { path } = await setUpPython(testCache(), {
    name: embeddingEnvironment,
    requirements: await embeddingRequirements(),
    imports: ['onnxruntime'],
    ...(uid !== undefined && { uid }),
  })
  return path
}

/** Puts it where a server with this data folder looks for it, as the command does: a server that runs sees no half. */
export async function createEmbeddingFixture(dataDir: string): Promise<void> {
  const draft = join(dataDir, 'embedding.new')
  symlinkSync(await testEmbedding(), draft)
  renameSync(draft, join(dataDir, 'embedding'))
}

/** Puts it where a server with this data folder looks for it. */
export async function createPythonFixture(dataDir: string): Promise<void> {
  const path = await testPython()
  const link = join(dataDir, 'python')
  if (path !== undefined && !existsSync(link)) symlinkSync(path, link)
}

/** Whether this run of the tests is about this launcher: about all, unless THREADMILL_TEST_LAUNCHER names one. */
export function isTested(launcher: string): boolean {
  return [launcher, undefined, ''].includes(process.env['THREADMILL_TEST_LAUNCHER'])
}
