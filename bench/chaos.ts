import { randomInt } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runChaos } from '../test/replicas/chaos/chaos.ts'
import { table } from './numbers.ts'

const help = `node bench/chaos.ts [options]

Three servers on one PostgreSQL and one S3 server, under load, while they and their connections are killed, stopped and
cut. Prints what happened and what was found wrong, and ends with 1 when there was anything.

  --events <n>   how many disturbances (200)
  --seed <n>     decides what happens (by chance)
  --logs <dir>   writes there what the servers have logged
`

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    logs: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(help)
  process.exit()
}
const began = performance.now()
const seconds = () => ((performance.now() - began) / 1_000).toFixed(1).padStart(8)
console.log(`--seed ${values.seed} --events ${values.events}`)
const { played, figures, faults, logs } = await runChaos({
  seed: Number(values.seed),
  events: Number(values.events),
  tell: (what) => console.log(`${seconds()} s  ${what}`),
})
if (values.logs !== undefined) {
  mkdirSync(values.logs, { recursive: true })
  for (const [name, text] of logs) writeFileSync(join(values.logs, `${name.replace(' ', '-')}.log`), text)
}
const rows = [...played, ...Object.entries(figures), ['faults', faults.length] as const]
console.log(`\n${table(rows.map(([name, count]) => [name, String(count)]))}`)
process.exitCode = faults.length > 0 ? 1 : 0
