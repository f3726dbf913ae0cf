import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { defaultSandboxLimits } from '../default-limits.ts'
import { nodePermission } from '../launchers/permission.ts'
import type { KernelProvider } from '../sandbox.ts'
import { quickSnapshot, preparation } from './open-pyodide.ts'
import { pyodideProvider } from './provider.ts'
import { makeRuntimeFolder } from './runtime-folder.ts'

async function said(provider: KernelProvider, code: string): Promise<string[]> {
  const kernel = await provider.open({})
  try {
    const results: string[] = []
    for await (const output of kernel.run(code, {}))
      if (output.type === 'result') results.push(output.data['text/plain'] ?? '')
      else assert.notEqual(output.type, 'error', JSON.stringify(output))
    return results
  } finally {
    await kernel.close()
  }
}

test('what makes sessions start quickly is made in two steps, and Python is the same in each', async (t) => {
  const cacheDir = await mkdtemp(join(tmpdir(), 'prepared-'))
  t.after(() => rm(cacheDir, { recursive: true, force: true }))
  const runtime = await makeRuntimeFolder(cacheDir)
  const provider = pyodideProvider({
    runtime,
    launcher: nodePermission(),
    limits: defaultSandboxLimits,
    uid: undefined,
  })
  const { signal } = new AbortController()
  const code =
    'import statistics, sys\nfrom fractions import Fraction\n(str(statistics.mean([1, 2])), len(sys.argv))'
  assert.equal(preparation(runtime), 'plain')

  assert.deepEqual(await provider.probe(signal), { ok: true })
  assert.equal(preparation(runtime), 'quick', 'the self-test leaves what the first sessions begin from')
  const quick = await said(provider, code)

  await provider.prepare(signal)
  assert.equal(preparation(runtime), 'snapshot')
  assert.deepEqual(await said(provider, code), quick)
  assert.match(quick.join(), /1\.5/)

  // Prepares again, as the next start does. No kernel uses the first snapshot any more.
  assert.deepEqual(await provider.probe(signal), { ok: true })
  await provider.prepare(signal)
  assert.ok(!(await readdir(runtime.path)).includes(quickSnapshot))
  assert.deepEqual(await said(provider, code), quick)
  await provider.close?.()
})
