import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { afterRest } from './after-rest.ts'
import { cancel } from './cancel.ts'
import { disk } from './disk.ts'
import { firstDelta } from './first-delta.ts'
import { longThreads } from './long-threads.ts'
import { idleMemory, soak } from './memory.ts'
import { quantile, round } from './numbers.ts'
import { responses } from './responses.ts'
import { restart } from './restart.ts'
import { startTargets } from './targets.ts'
import { throughput } from './throughput.ts'

const help = `npm run bench -- [options] [part ...]

Parts: throughput, first-delta, responses, long-threads, cancel, memory, disk (all of them unless some are named), after-rest,
soak.

  --full            longer, for numbers to keep
  --postgres        over a PostgreSQL that is started for it: throughput, first-delta, responses, long-threads,
                    cancel
  --soak            memory over 20,000 runs, after the parts
  --dir <folder>    where databases go; the disk counts (the system's temporary folder)
  --profile <dir>   writes a CPU profile of Threadmill there when it ends
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    full: { type: 'boolean', default: false },
    postgres: { type: 'boolean', default: false },
    soak: { type: 'boolean', default: false },
    dir: { type: 'string' },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

const { full, dir, profile, postgres } = values
const parts = {
  throughput: () => throughput(targets, full ? { rounds: 10, seconds: 3 } : { rounds: 5, seconds: 1 }),
  'first-delta': () => firstDelta(targets, full ? { rounds: 10, runs: 50 } : { rounds: 4, runs: 30 }),
  responses: () =>
    responses(targets, full ? { rounds: 10, runs: 50, seconds: 2 } : { rounds: 4, runs: 20, seconds: 1 }),
  'long-threads': () => longThreads(targets, full ? { rounds: 50, runs: 4 } : { rounds: 10, runs: 3 }),
  cancel: () => cancel(targets, { runs: full ? 100 : 25 }),
  restart: () => restart(targets, { rounds: full ? 9 : 3, dir }),
  'after-rest': () => afterRest(targets, { rounds: full ? 10 : 4 }),
  memory: () => idleMemory(targets, { dir }),
  disk: () => disk(targets, { dir, runs: full ? 5_000 : 2_000 }),
  soak: () => soak(targets, { runs: 20_000, users: 8 }),
}
type Part = keyof typeof parts

const isPart = (name: string): name is Part => Object.hasOwn(parts, name)
const unknown = positionals.filter((name) => !isPart(name))
if (values.help || unknown.length > 0) {
  console.log(unknown.length > 0 ? `There is no part '${unknown.join("', '")}'.\n\n${help}` : help)
  process.exit(unknown.length > 0 ? 2 : 0)
}
const named = positionals.filter(isPart)
const overEither: Part[] = ['throughput', 'first-delta', 'responses', 'long-threads', 'cancel']
const most = (Object.keys(parts) as Part[]).filter((name) => name !== 'soak' && name !== 'after-rest')
const chosen = named.length > 0 ? named : postgres ? overEither : most
if (values.soak && !chosen.includes('soak')) chosen.push('soak')

console.log(
  `Node ${process.versions.node}, ${availableParallelism()} cores, load ${round(loadavg()[0] ?? 0)}, ` +
    `a write to disk takes ${round(fsyncMs(), 2)} ms. Read ratios: the machine is not alone.`,
)
const node = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
// So that the other processes end with this one.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130))
await using targets = await startTargets({ dir, node, postgres })
for (const part of chosen) await parts[part]()

/** What one durable commit costs at least: the median of a small write and its fsync. */
function fsyncMs(): number {
  const folder = mkdtempSync(join(dir ?? tmpdir(), 'threadmill-bench-'))
  const file = openSync(join(folder, 'probe'), 'w')
  const took = Array.from({ length: 50 }, () => {
    const start = performance.now()
    writeSync(file, Buffer.alloc(4_096))
    fsyncSync(file)
    return performance.now() - start
  })
  closeSync(file)
  rmSync(folder, { recursive: true })
  return quantile(took, 0.5)
}
