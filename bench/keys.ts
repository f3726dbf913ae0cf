import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../src/config.ts'
import { start } from '../src/start.ts'
import { connect } from './client.ts'
import { median, round, table } from './numbers.ts'

/**
 * What many keys cost a request: the time of a small one with a key of a project, before and after 1,000 more keys were made.
 * Rounds alternate between two servers, because a machine is not equally fast all the time.
 */
const keys = Number(process.argv[2] ?? 1_000)
const rounds = 9
const requests = 400

async function startServer() {
  const dataDir = mkdtempSync(join(tmpdir(), 'threadmill-bench-'))
  const config = readConfig({
    THREADMILL_PORT: '0',
    THREADMILL_DATA_DIR: dataDir,
    THREADMILL_CODE_INTERPRETER: 'off',
  })
  const server = await start({ ...config, models: { ...config.models, discover: false } })
  using admin = connect(`${server.url}/v1`, server.adminKey)
  const project = await admin.json<{ id: string }>('POST', '/organization/projects', { name: 'bench' })
  const accounts = `/organization/projects/${project.id}/service_accounts`
  const makeKey = async () =>
    (await admin.json<{ api_key: { value: string } }>('POST', accounts, { name: 'app' })).api_key.value
  return { server, dataDir, makeKey, key: await makeKey() }
}

/** The median time of a request in milliseconds. */
async function timeOf({ server, key }: Awaited<ReturnType<typeof startServer>>): Promise<number> {
  using client = connect(`${server.url}/v1`, key)
  const times: number[] = []
  for (let n = 0; n < requests; n++) {
    const began = performance.now()
    await client.json('GET', '/models')
    times.push(performance.now() - began)
  }
  return median(times)
}

const servers = [await startServer(), await startServer()] as const
const [few, many] = servers
for (let n = 0; n < keys; n++) await many.makeKey()
const measured: [number, number][] = []
for (let n = -2; n < rounds; n++) {
  const pair: [number, number] = [await timeOf(few), await timeOf(many)]
  if (n >= 0) measured.push(pair)
}
const [one, thousand] = [median(measured.map(([a]) => a)), median(measured.map(([, b]) => b))]
console.log(
  table([
    ['keys', 'ms a request'],
    ['1', round(one, 3)],
    [String(keys + 1), round(thousand, 3)],
  ]),
)
console.log(`\n  ratio, median of ${rounds} rounds: ${round(median(measured.map(([a, b]) => b / a)), 2)}`)
for (const { server, dataDir } of servers) {
  await server.close()
  rmSync(dataDir, { recursive: true })
}
