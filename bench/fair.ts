import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { scripted } from '../src/models/scripted.ts'
import { readConfig } from '../src/config/config.ts'
import { start } from '../src/start/start.ts'
import { connect } from './client.ts'
import { quantile, round, table } from './numbers.ts'

/**
 * What a project that sends far too many runs costs another one on the same server and the same provider: the time from the
 * creation of a run of the calm project until its model is asked, alone, and while the greedy project has 10,000 runs waiting.
 * Rounds alternate between two servers, because a machine is not equally fast all the time. The second pair of lines has a limit
 * for the greedy project. Runs of the greedy project take two to six seconds, as answers do, so that most still wait at the
 * end; with `--together` all of them take four seconds, so that those which have begun together end together.
 */
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { together: { type: 'boolean', default: false } },
})
const greedyRuns = Number(positionals[0] ?? 10_000)
const calmRuns = 200
const limit = 50

async function startServer() {
  const dataDir = mkdtempSync(join(tmpdir(), 'threadmill-bench-'))
  const config = readConfig({
    THREADMILL_PORT: '0',
    THREADMILL_DATA_DIR: dataDir,
    THREADMILL_CODE_INTERPRETER: 'off',
  })
  /** When the model was asked, by the text of the message that it was asked about. */
  const asked = new Map<string, number>()
  const model = scripted(async (prompt) => {
    const text = JSON.stringify(prompt.at(-1)?.content)
    const calm = /calm-\d+/.exec(text)?.[0]
    if (calm) asked.set(calm, performance.now())
    const delayMs = options.together ? 4_000 : 2_000 + Math.random() * 4_000
    return { text: 'Here.', ...(!calm && { delayMs }) }
  })
  const server = await start(
    { ...config, models: { ...config.models, discover: false } },
    { models: { m: model } },
  )
  const admin = connect(`${server.url}/v1`, server.adminKey)
  async function project(name: string) {
    const { id } = await admin.json<{ id: string }>('POST', '/organization/projects', { name })
    const accounts = `/organization/projects/${id}/service_accounts`
    const { api_key } = await admin.json<{ api_key: { value: string } }>('POST', accounts, { name: 'app' })
    const client = connect(`${server.url}/v1`, api_key.value)
    const assistant = await client.json<{ id: string }>('POST', '/assistants', { model: 'm' })
    const run = (content: string) =>
      client.json<{ id: string; status: string }>('POST', '/threads/runs', {
        assistant_id: assistant.id,
        thread: { messages: [{ role: 'user', content }] },
      })
    return { id, client, run }
  }
  return {
    server,
    asked,
    admin,
    calm: await project('calm'),
    greedy: await project('greedy'),
    async [Symbol.asyncDispose]() {
      await server.close()
      rmSync(dataDir, { recursive: true })
    },
  }
}

type Bench = Awaited<ReturnType<typeof startServer>>
let number = 0

/** Queue times of runs of the calm project, one after another, in milliseconds. */
async function calmTimes({ calm, asked }: Bench, count: number): Promise<number[]> {
  const times: number[] = []
  for (let n = 0; n < count; n++) {
    const name = `calm-${++number}`
    const began = performance.now()
    await calm.run(name)
    while (!asked.has(name)) await new Promise((resume) => setTimeout(resume, 1))
    times.push((asked.get(name) ?? 0) - began)
  }
  return times
}

async function fill({ greedy }: Bench, count: number): Promise<void> {
  const together = 16
  await Promise.all(
    Array.from({ length: together }, async () => {
      for (let n = 0; n < count / together; n++) await greedy.run('much')
    }),
  )
}

/** How many runs of the server wait, by its own numbers. */
async function queued({ server: { url, apiKey } }: Bench): Promise<number> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${apiKey}` } })
  const found = /^threadmill_runs_active\{status="queued"\} (\d+)/m.exec(await response.text())
  return Number(found?.[1] ?? 0)
}

async function compare(label: string, limits: object) {
  await using alone = await startServer()
  await using shared = await startServer()
  await shared.admin.json('POST', `/organization/projects/${shared.greedy.id}/limits`, limits)
  await calmTimes(alone, 20)
  await calmTimes(shared, 20)
  await fill(shared, greedyRuns)
  const times: { alone: number[]; shared: number[] } = { alone: [], shared: [] }
  for (let round = 0; round < 10; round++) {
    times.alone.push(...(await calmTimes(alone, calmRuns / 10)))
    times.shared.push(...(await calmTimes(shared, calmRuns / 10)))
  }
  const left = await queued(shared)
  const of = (list: number[]) => [round(quantile(list, 0.5), 1), round(quantile(list, 0.95), 1)]
  return {
    rows: [
      [`${label}: alone`, ...of(times.alone), ''],
      [
        `${label}: beside ${greedyRuns} runs`,
        ...of(times.shared),
        round(quantile(times.shared, 0.95) / quantile(times.alone, 0.95), 2),
      ],
    ],
    left,
  }
}

const free = await compare('no limit', {})
const limited = await compare(`${limit} runs at a time`, { max_concurrent_runs: limit })
console.log(
  table([['queue time of the calm project, ms', 'median', 'p95', 'ratio'], ...free.rows, ...limited.rows]),
)
console.log(`\n  runs of the greedy project that still waited at the end: ${free.left} and ${limited.left}`)
