import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { defaultSandboxLimits } from '../default-limits.ts'
import { SandboxUnavailable } from '../sandbox.ts'
import { compiledStdlib, memorySnapshot, openPyodide, quickSnapshot } from './open-pyodide.ts'

const prepared = [compiledStdlib, memorySnapshot, quickSnapshot]

/** A runtime with prepared files, and a launcher that starts nothing. */
async function broken(t: TestContext) {
  const path = await mkdtemp(join(tmpdir(), 'prepared-'))
  t.after(() => rm(path, { recursive: true }))
  for (const name of prepared) await writeFile(join(path, name), '')
  const runtime = { path, node: process.execPath, packages: [], versions: {}, absent: [] }
  const launcher = {
    id: 'permission' as const,
    isolation: 'seat belt' as const,
    wrap: () => ({ file: '/bin/false', args: [] }),
  }
  return { runtime, launcher, limits: defaultSandboxLimits, uid: undefined }
}

test('prepared files with which nothing starts are taken away', async (t) => {
  const engine = await broken(t)
  await assert.rejects(openPyodide(engine, 'snapshot'), SandboxUnavailable)
  assert.deepEqual(await readdir(engine.runtime.path), [])
})

test('they stay when the server shuts down while a session starts', async (t) => {
  const engine = await broken(t)
  const closing = new AbortController()
  const start = openPyodide(engine, 'snapshot', closing.signal)
  closing.abort(new SandboxUnavailable('the server is shutting down'))
  await assert.rejects(start, /shutting down/)
  assert.deepEqual((await readdir(engine.runtime.path)).toSorted(), prepared.toSorted())
})
