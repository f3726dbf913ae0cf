/**
 * What code interpreter sessions cost, for each pair of engine and launcher found here: `node bench/sandbox.ts [pair...]`.
 * Best and median of a few runs, with the target where there is one; the machine's load shows in the median.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { freemem, tmpdir } from 'node:os'
import { join } from 'node:path'
import { findGroups } from '../src/sandbox/usage/cgroup.ts'
import { defaultSandboxLimits } from '../src/sandbox/default-limits.ts'
import { findSandboxCandidates } from '../src/sandbox/find-candidates.ts'
import { proportionalMemory } from '../src/sandbox/usage/process-memory.ts'
import type { Kernel, KernelProvider, KernelOutput } from '../src/sandbox/sandbox.ts'

const MiB = 2 ** 20
const many = 50
/** What the median of a pair, or of all, may be. */
const targets: Record<string, { session?: number; memory?: number }> = {
  'jupyter+zygote': { session: 150, memory: 50 * MiB },
  'python+zygote': { session: 50 },
}
const warmTarget = 12
const uid = process.getuid?.() === 0 ? 65_534 : undefined
const signal = new AbortController().signal
const cacheDir = await mkdtemp(join(tmpdir(), 'bench-sandbox-'))
await chmod(cacheDir, 0o755)
const limits = { ...defaultSandboxLimits, startMs: 120_000, callMs: 120_000 }
const groups = await findGroups()
const wanted = process.argv.slice(2)
try {
  const { providers, missing } = await findSandboxCandidates(
    { cacheDir, limits, uid, ...(groups && { groups }) },
    'all',
  )
  for (const reason of missing) console.log(`missing: ${reason}`)
  for (const provider of providers) {
    if (wanted.length > 0 && !wanted.includes(provider.id)) continue
    console.log(`\n${provider.id} (limits by ${provider.limits})`)
    const before = performance.now()
    const { ok, reason } = await provider.probe(signal)
    if (ok) {
      await provider.prepare(signal)
      tell('self-test and preparation', `${ms(performance.now() - before)}, once`)
      await measure(provider)
    } else console.log(`  not here: ${reason}`)
    await provider.close?.()
  }
} finally {
  await rm(cacheDir, { recursive: true, force: true })
}

async function measure(provider: KernelProvider): Promise<void> {
  const hasPandas = 'pandas' in (provider.packages ?? {})
  tell('new session', await timed(9, () => provider.open({}), targets[provider.id]?.session))
  if (hasPandas) {
    const first = async () => {
      const kernel = await provider.open({})
      await cell(kernel, 'import pandas as pd\nprint(pd.DataFrame({"a": [1, 2]}).sum())')
      return kernel
    }
    tell('and a first pandas result', await timed(5, first))
    const plot = async () => {
      const kernel = await provider.open({})
      await cell(kernel, 'import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()')
      return kernel
    }
    tell('or a first chart', await timed(3, plot))
  }
  const kernel = await provider.open({})
  await cell(kernel, '1 + 1')
  tell('1 + 1 in a warm one', await timed(200, () => cell(kernel, '1 + 1'), warmTarget))
  tell('interrupt of a busy loop', await timed(5, () => interrupted(kernel)))
  tell('a file of 64 MiB in and out', await timed(3, () => roundTrip(kernel, 64 * MiB)))
  await flood(kernel)
  await kernel.close()
  await crowd(provider, Math.min(many, Math.floor(freemem() / (300 * MiB))))
}

/** 200 MB of prints: what reaches the caller, how long it takes, and what it costs the server. */
async function flood(kernel: Kernel): Promise<void> {
  const before = process.memoryUsage().rss
  const start = performance.now()
  const outputs = await cell(kernel, 'line = "x" * 9999\nfor _ in range(20_000): print(line)')
  let size = 0
  for (const output of outputs) if (output.type === 'stream') size += output.text.length
  const grown = Math.max(0, process.memoryUsage().rss - before)
  tell('a flood of 200 MB', `${ms(performance.now() - start)}, ${mib(size)} come out, server + ${mib(grown)}`)
}

/** Sessions at once, each having shown a data frame where there is pandas. */
async function crowd(provider: KernelProvider, count: number): Promise<void> {
  const start = performance.now()
  const kernels = await Promise.all(Array.from({ length: count }, () => provider.open({})))
  const opened = performance.now() - start
  const one = 'try:\n    import pandas as pd\n    print(pd.DataFrame({"a": [1]}))\nexcept ImportError: pass'
  await Promise.all(kernels.map((kernel) => cell(kernel, one)))
  let sum = 0
  for (const kernel of kernels) sum += await proportionalMemory((kernel as Kernel & { pid: number }).pid)
  const all = performance.now() - start
  const target = targets[provider.id]?.memory
  const wanted = target === undefined ? '' : aim(mib(target), sum / count <= target)
  tell(`${count} sessions at once`, `${ms(opened)} to open, ${ms(all)} to a result in each`)
  tell('memory of all, and each (PSS)', `${mib(sum)}, ${mib(sum / count)}${wanted}`)
  await Promise.all(kernels.map((kernel) => kernel.close()))
}

async function cell(kernel: Kernel, code: string, stop?: AbortSignal): Promise<KernelOutput[]> {
  const outputs: KernelOutput[] = []
  for await (const output of kernel.run(code, stop ? { signal: stop } : {})) outputs.push(output)
  return outputs
}

/** Milliseconds from the interrupt to the end of the cell. */
async function interrupted(kernel: Kernel): Promise<number> {
  const stop = new AbortController()
  let at = 0
  setTimeout(() => {
    at = performance.now()
    stop.abort()
  }, 100)
  await cell(kernel, 'while True: pass', stop.signal)
  return performance.now() - at
}

async function roundTrip(kernel: Kernel, size: number): Promise<void> {
  const part = new Uint8Array(256 * 1024).fill(7)
  async function* bytes() {
    for (let sent = 0; sent < size; sent += part.length) yield part
  }
  await kernel.putFile('file', bytes())
  for await (const chunk of kernel.getFile('file', size)) void chunk
}

/** Best and median; a kernel that comes back is closed, and a number that comes back is the time. */
async function timed(
  times: number,
  what: () => Promise<Kernel | number | unknown>,
  target?: number,
): Promise<string> {
  const took: number[] = []
  for (let i = 0; i < times; i++) {
    const before = performance.now()
    const made = await what()
    took.push(typeof made === 'number' ? made : performance.now() - before)
    if (made && typeof made === 'object' && 'close' in made) await (made as Kernel).close()
  }
  took.sort((a, b) => a - b)
  const median = took[Math.floor(times / 2)] ?? 0
  const wanted = target === undefined ? '' : aim(ms(target), median <= target)
  return `best ${ms(took[0] ?? 0)}, median ${ms(median)}${wanted}`
}

/** The words say what was seen in this run; machines are noisy. */
function aim(most: string, isMet: boolean): string {
  return `, target at most ${most}: ${isMet ? 'met' : 'MISSED'}`
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`
}

function mib(bytes: number): string {
  return `${(bytes / MiB).toFixed(bytes < 10 * MiB ? 1 : 0)} MiB`
}

function tell(what: string, figures: string): void {
  console.log(`  ${what.padEnd(31)}${figures}`)
}
