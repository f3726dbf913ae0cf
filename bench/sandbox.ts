/**
 * How long a code interpreter session takes to start, and one cell in it: `node bench/sandbox.ts`.
 * Best and median of a few starts with each launcher found here; the machine's load shows in the median.
 */
import { mkdtemp, chmod, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultLimits } from '../src/sandbox/default-limits.ts'
import { findBwrap } from '../src/sandbox/launchers/bwrap.ts'
import { seatBelt } from '../src/sandbox/launchers/permission.ts'
import { findUnshare } from '../src/sandbox/launchers/unshare.ts'
import { openPyodide } from '../src/sandbox/pyodide/open-pyodide.ts'
import { prepareRuntime } from '../src/sandbox/pyodide/prepare.ts'
import { makeRuntimeFolder } from '../src/sandbox/pyodide/runtime-folder.ts'
import { residentMemory } from '../src/sandbox/process-memory.ts'
import type { Kernel } from '../src/sandbox/sandbox.ts'

const uid = process.getuid?.() === 0 ? 65_534 : undefined
const cacheDir = await mkdtemp(join(tmpdir(), 'bench-sandbox-'))
await chmod(cacheDir, 0o755)
try {
  const runtime = await makeRuntimeFolder(cacheDir, uid)
  const launchers = [await findBwrap(), await findUnshare(uid), seatBelt()].filter((one) => one !== undefined)
  for (const launcher of launchers) {
    const engine = { runtime, launcher, limits: defaultLimits, uid }
    if (launcher === launchers[0]) {
      await report('plain start', 3, () => openPyodide(engine, 'plain'))
      const before = performance.now()
      await prepareRuntime(engine, new AbortController().signal)
      console.log(`preparing, once        ${(performance.now() - before).toFixed(0)} ms`)
    }
    console.log(`with ${launcher.id}`)
    await report('compiled stdlib', 5, () => openPyodide(engine, 'stdlib'))
    await report('and memory snapshot', 7, () => openPyodide(engine, 'snapshot'))
    const kernel = await openPyodide(engine, 'snapshot')
    console.log(`resident memory        ${((residentMemory(kernel.pid) ?? 0) / 2 ** 20).toFixed(0)} MiB`)
    await cell(kernel)
    await report('1 + 1 in a warm one', 200, () => cell(kernel))
    await kernel.close()
  }
} finally {
  await rm(cacheDir, { recursive: true, force: true })
}

async function cell(kernel: Kernel): Promise<void> {
  for await (const output of kernel.run('1 + 1', {})) void output
}

async function report(name: string, times: number, what: () => Promise<Kernel | void>): Promise<void> {
  const took: number[] = []
  for (let i = 0; i < times; i++) {
    const before = performance.now()
    const kernel = await what()
    took.push(performance.now() - before)
    await kernel?.close()
  }
  took.sort((a, b) => a - b)
  const show = (ms = 0) => ms.toFixed(ms < 10 ? 1 : 0)
  console.log(`${name.padEnd(22)} best ${show(took[0])} ms, median ${show(took[Math.floor(times / 2)])} ms`)
}
