import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { readConfig } from '../src/config/config.ts'
import { scripted } from '../src/models/scripted.ts'
import { start } from '../src/start/start.ts'
import { connect } from './client.ts'
import { round, table, verdict } from './numbers.ts'

/**
 * What a server keeps of runs that are over: the garbage collector is called by name every 1,000 runs, and what is left then is
 * shown. The model is scripted and in the same process, as the client is; runs are of five kinds in turn.
 */
const runs = Number(process.argv[2] ?? 10_000)
const users = 8
const step = 1_000
const warm = 2_000
const kinds = ['talk', 'throw', 'fail', 'hang', 'delete'] as const
type Kind = (typeof kinds)[number]

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const dataDir = mkdtempSync(join(tmpdir(), 'threadmill-bench-'))
const config = readConfig({
  THREADMILL_PORT: '0',
  THREADMILL_DATA_DIR: dataDir,
  THREADMILL_CODE_INTERPRETER: 'off',
})
const model = scripted((prompt) => {
  const last = prompt.at(-1)
  const said = last?.role === 'user' && last.content[0]?.type === 'text' ? last.content[0].text : ''
  if (said === 'throw') return { toolCalls: [{ name: 'dice', arguments: { sides: 6 } }] }
  if (said === 'fail') return { error: { status: 400, message: 'no' } }
  return said === 'hang' ? { text: 'Wait', hang: true } : { text: Array.from({ length: 20 }, () => 'word ') }
})
const server = await start(
  { ...config, models: { ...config.models, discover: false } },
  {
    models: { scripted: model },
    tools: [{ type: 'dice', description: 'Throws.', parameters: { type: 'object' }, run: () => 'A 4.' }],
  },
)
using client = connect(`${server.url}/v1`, config.apiKey)
const assistant = await client.json<{ id: string }>('POST', '/assistants', {
  model: 'scripted',
  tools: [{ type: 'dice' }],
})

/** One run of a kind, from a new thread to the end of its stream; the thread of one is deleted then. */
async function make(kind: Kind): Promise<void> {
  const thread = await client.json<{ id: string }>('POST', '/threads', {
    messages: [{ role: 'user', content: kind }],
  })
  const path = `/threads/${thread.id}`
  let run = ''
  let cancelled: Promise<unknown> | undefined
  await client.events(`${path}/runs`, { assistant_id: assistant.id, stream: true }, (name, data) => {
    if (name === 'thread.run.created') run = (JSON.parse(data) as { id: string }).id
    if (kind === 'hang' && name === 'thread.message.delta')
      cancelled ??= client.json('POST', `${path}/runs/${run}/cancel`)
  })
  await cancelled
  if (kind === 'delete') await client.json('DELETE', path)
}

/** What is left when nothing is under way, in MB. */
async function kept() {
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  // It keeps what it was asked, for tests.
  ;(model.calls as unknown[]).length = 0
  collect()
  collect()
  const { rss, heapUsed, external } = process.memoryUsage()
  return { rss: rss / 2 ** 20, heap: heapUsed / 2 ** 20, external: external / 2 ** 20 }
}

const rows = [['runs', 'resident', 'heap', 'external', 'runs/s']]
const heaps = new Map<number, number>()
for (let done = 0; done < runs;) {
  let next = done
  done += step
  const begun = performance.now()
  const work = async () => {
    while (next < done) await make(kinds[next++ % kinds.length] ?? 'talk')
  }
  await Promise.all(Array.from({ length: users }, work))
  const seconds = (performance.now() - begun) / 1_000
  const { rss, heap, external } = await kept()
  heaps.set(done, heap)
  rows.push([String(done), ...[rss, heap, external, step / seconds].map((value) => round(value))])
}
console.log(`Memory in MB after runs of the kinds ${kinds.join(', ')}, collected, at rest\n`)
console.log(table(rows), '\n')
const growth = (heaps.get(runs) ?? Number.NaN) - (heaps.get(warm) ?? Number.NaN)
console.log(verdict(`heap in MB at ${runs} runs - at ${warm}`, growth, 5, 'at most'))
await server.close()
rmSync(dataDir, { recursive: true, force: true })
