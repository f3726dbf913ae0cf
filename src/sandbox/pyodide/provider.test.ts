import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { defaultSandboxLimits } from '../default-limits.ts'
import { nodePermission } from '../launchers/permission.ts'
import type { Launcher } from '../launchers/launcher.ts'
import type { Kernel } from '../sandbox.ts'
import { preparation } from './open-pyodide.ts'
import { pyodideProvider } from './provider.ts'
import { makeRuntimeFolder } from './runtime-folder.ts'

/** A provider in a folder of its own that notes what its launcher is asked to start. */
async function noting(t: TestContext, change: Partial<Launcher> = {}) {
  const cacheDir = await mkdtemp(join(tmpdir(), 'trial-'))
  t.after(() => rm(cacheDir, { recursive: true, force: true }))
  const runtime = await makeRuntimeFolder(cacheDir)
  const launcher = { ...nodePermission(), ...change }
  const starts: string[] = []
  const provider = pyodideProvider({
    runtime,
    launcher: {
      ...launcher,
      wrap(command) {
        starts.push(command.argv.some((arg) => arg.endsWith('kernel.js')) ? 'kernel' : 'program')
        return launcher.wrap(command)
      },
    },
    limits: defaultSandboxLimits,
    uid: undefined,
  })
  t.after(() => provider.close?.())
  return { provider, runtime, starts }
}

async function variables(kernel: Kernel): Promise<string> {
  let shown = ''
  for await (const output of kernel.run('sorted(dir())', {}))
    if (output.type === 'result') shown = output.data['text/plain'] ?? ''
  await kernel.close()
  return shown
}

const pidOf = (kernel: Kernel) => (kernel as Kernel & { pid: number }).pid

test('the first session starts while the self-test goes on, and is given out once', async (t) => {
  const { provider, starts } = await noting(t)
  assert.deepEqual(await provider.probe(AbortSignal.timeout(300_000)), { ok: true })
  assert.deepEqual(starts, ['kernel', 'kernel'], 'that of the self-test and that of the first session')
  const first = await provider.open({})
  assert.equal(starts.length, 2)
  const second = await provider.open({})
  assert.notEqual(pidOf(second), pidOf(first))
  assert.equal(await variables(first), await variables(second), 'nothing has run in it')
})

test('a launcher that does not work takes nothing away of what was prepared', async (t) => {
  const { provider, runtime } = await noting(t)
  assert.deepEqual(await provider.probe(AbortSignal.timeout(300_000)), { ok: true })
  await provider.close?.()
  assert.equal(preparation(runtime), 'quick')
  const broken = pyodideProvider({
    runtime,
    launcher: {
      ...nodePermission(),
      isolation: 'namespaces',
      wrap: () => ({ file: '/bin/false', args: [] }),
    },
    limits: defaultSandboxLimits,
    uid: undefined,
  })
  const { ok } = await broken.probe(AbortSignal.timeout(300_000))
  await broken.close?.()
  assert.equal(ok, false)
  assert.equal(preparation(runtime), 'quick')
})

test('where the self-test fails, no session is left over', async (t) => {
  const { provider } = await noting(t, { isolation: 'namespaces' })
  const { ok, reason } = await provider.probe(AbortSignal.timeout(300_000))
  assert.equal(ok, false)
  assert.match(reason ?? '', /a process of the same user/)
})
