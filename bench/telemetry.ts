import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { startFakeUpstream } from '../test/fake-upstream.ts'
import { startOtlpReceiver } from '../test/otlp-receiver.ts'
import { connect } from './client.ts'
import { median, round, table } from './numbers.ts'
import { freePort, startProcess, type Running } from './process.ts'

/**
 * What OpenTelemetry costs a run: processor time of the server and time of the caller, without it, with a collector, with one
 * that takes requests and never answers, and with the contents of messages. `--before FOLDER` also measures another checkout.
 * Rounds alternate between the servers, because a machine is not equally fast all the time.
 */
const { values } = parseArgs({
  options: {
    before: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    runs: { type: 'string', default: '150' },
  },
})
const [rounds, runs] = [Number(values.rounds), Number(values.runs)]
const key = 'sk-bench-telemetry-only'
const root = join(import.meta.dirname, '..')
const clockTicks = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

await using upstream = await startFakeUpstream({ reply: { tokens: 20 }, record: false })
await using receiver = await startOtlpReceiver()
const deaf = createServer(() => {}).listen(0, '127.0.0.1')
await once(deaf, 'listening')
const deafEndpoint = `http://127.0.0.1:${(deaf.address() as AddressInfo).port}`

const on = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint }
const kinds: [name: string, checkout: string, env: Record<string, string>][] = [
  ...(values.before === undefined ? [] : [['before', values.before, {}] as [string, string, {}]]),
  ['off', root, {}],
  ['on', root, on],
  ['on, no answer', root, { OTEL_EXPORTER_OTLP_ENDPOINT: deafEndpoint }],
  ['on, with contents', root, { ...on, OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'SPAN_ONLY' }],
]

interface Measured {
  name: string
  server: Running
  dataDir: string
  cpu: number[]
  time: number[]
}

const servers: Measured[] = []
for (const [name, checkout, env] of kinds) {
  const dataDir = mkdtempSync(join(tmpdir(), 'threadmill-bench-'))
  const port = await freePort()
  const settings = {
    THREADMILL_PORT: String(port),
    THREADMILL_DATA_DIR: dataDir,
    THREADMILL_API_KEY: key,
    THREADMILL_CODE_INTERPRETER: 'off',
    THREADMILL_LOG_LEVEL: 'error',
    OPENAI_BASE_URL: `${upstream.url}/v1`,
    ...env,
  }
  const main = relative(root, join(checkout, 'src/main.ts'))
  servers.push({
    name,
    server: await startProcess(main, { env: settings }, port),
    dataDir,
    cpu: [],
    time: [],
  })
}

/** In milliseconds, of the whole process. */
function processorTime({ pid }: Running): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / clockTicks
}

async function measure({ server, cpu, time }: Measured, counts: boolean): Promise<void> {
  using client = connect(`http://127.0.0.1:${server.port}/v1`, key)
  const assistant = await client.json<{ id: string }>('POST', '/assistants', { model: 'fake' })
  const thread = { messages: [{ role: 'user', content: 'Hello '.repeat(100) }] }
  const times: number[] = []
  const began = processorTime(server)
  for (let n = 0; n < runs; n++) {
    const start = performance.now()
    const answer = await fetch(`http://127.0.0.1:${server.port}/v1/threads/runs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ assistant_id: assistant.id, thread, stream: true }),
    })
    if (!(await answer.text()).includes('thread.run.completed')) throw new Error('a run has failed')
    times.push(performance.now() - start)
  }
  if (!counts) return
  cpu.push((processorTime(server) - began) / runs)
  time.push(median(times))
}

for (let at = -1; at < rounds; at++) for (const one of servers) await measure(one, at >= 0)
const memory = ({ server }: Measured) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) / 1024
console.log(
  table([
    ['', 'ms of processor a run', 'ms a run', 'MB in memory'],
    ...servers.map((one) => [
      one.name,
      round(median(one.cpu), 2),
      round(median(one.time), 2),
      round(memory(one), 0),
    ]),
  ]),
)
for (const { server, dataDir } of servers) {
  await server[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true })
}
deaf.close()
process.exit(0)
