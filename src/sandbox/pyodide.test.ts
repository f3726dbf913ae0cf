import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { noLog } from '../common/log.ts'
import { cellsBehave } from './behaviour/cells.test.ts'
import { filesBehave } from './behaviour/files.test.ts'
import { limitsHold } from './behaviour/limits.test.ts'
import { all, cacheDir, error, forEachLauncher, png, result, shown } from './behaviour/pair.test.ts'
import { richDisplayBehaves } from './behaviour/rich.test.ts'
import { SandboxUnavailable } from './sandbox.ts'
import { startSandboxes } from './start-sandboxes.ts'

// One launcher is enough, because these cases do not depend on it. confinement.test.ts tests the differences.
await forEachLauncher('pyodide', ['bwrap'], (pair) => {
  const { run } = pair
  cellsBehave(pair)
  filesBehave(pair)
  limitsHold(pair)
  richDisplayBehaves(pair)

  test('processes are refused in words', async () => {
    assert.match(error(await run('import os\nos.system("id")'))?.evalue ?? '', /cannot start processes/)
    assert.match(error(await run('os.popen("id")'))?.evalue ?? '', /cannot start processes/)
    assert.equal(error(await run('import subprocess\nsubprocess.run(["id"])'))?.ename, 'OSError')
  })

  test('figures are shown after the cell', async () => {
    // The parts of matplotlib that are used here. The library itself is not among Pyodide's npm files.
    const figures = await run(`
import base64, sys, types
class Figure:
    def get_axes(self): return [1]
    def savefig(self, file, **_): file.write(base64.b64decode(${JSON.stringify(png)}))
plt = types.ModuleType('matplotlib.pyplot')
open_figures = {1: Figure()}
plt.get_fignums = lambda: list(open_figures)
plt.figure = lambda number: open_figures[number]
plt.close = lambda figure: open_figures.clear()
sys.modules['matplotlib.pyplot'] = plt`)
    assert.deepEqual(shown(figures), [['display', png]])
    assert.deepEqual(shown(await run('1;')), [])
  })
})

test('where nothing could be chosen it is decided again, and clients are told nothing of the machine', async () => {
  const place = await mkdtemp(join(tmpdir(), 'decided-again-'))
  await chmod(place, 0o755)
  const cacheInTheWay = join(place, 'cache')
  await writeFile(cacheInTheWay, '')
  const settings = { cacheDir: cacheInTheWay, engine: 'pyodide', allowWeak: true, log: noLog } as const
  const sandboxes = startSandboxes({ ...settings, spares: 0, retryMs: 0 })
  const patient = startSandboxes({ ...settings, spares: 0, retryMs: 3_600_000 })
  try {
    assert.equal((await sandboxes.settled).state, 'unavailable')
    await assert.rejects(
      sandboxes.sessions.use('a', async () => {}),
      (error: SandboxUnavailable) => !error.inPublic.includes(place),
    )
    await patient.settled
    await rm(cacheInTheWay)
    await sandboxes.sessions.use('a', async ({ kernel }) => {
      assert.equal(result(await all(kernel.run('40 + 2', {}))), '42')
    })
    assert.equal(sandboxes.status().state, 'ready')
    // The provider is not chosen again at once, because then every run would wait for the self-tests.
    await assert.rejects(patient.sessions.use('a', async () => {}))
  } finally {
    await Promise.all([sandboxes.close(), patient.close()])
    await rm(place, { recursive: true })
  }
})

test('a sandbox that is switched off says so', async () => {
  const off = startSandboxes({ cacheDir, engine: 'off', allowWeak: true, log: noLog })
  await assert.rejects(
    off.sessions.use('a', async () => {}),
    SandboxUnavailable,
  )
  assert.equal(off.status().state, 'unavailable')
  await off.close()
})
