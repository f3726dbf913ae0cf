import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../src/config/config.ts'
import { start } from '../src/start/start.ts'
import { connect } from './client.ts'
import { median, round, table } from './numbers.ts'

/**
 * What many keys and limits cost a request: the time of a small one with a key of a project, before and after 1,000 more keys were
 * made, and with limits of requests a minute for the project and the key. Rounds alternate between the servers, because a machine is
 * not equally fast all the time.
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
    (await admin.json<{ api_key: { id: string; value: string } }>('POST', accounts, { name: 'app' })).api_key
  const { id, value: key } = await makeKey()
  async function setLimits(limits: object) {
    using client = connect(`${server.url}/v1`, server.adminKey)
    await client.json('POST', `/organization/projects/${project.id}/limits`, limits)
    await client.json('POST', `/organization/projects/${project.id}/api_keys/${id}/limits`, limits)
  }
  return { server, dataDir, makeKey, setLimits, key }
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

const servers = [await startServer(), await startServer(), await startServer()] as const
const [few, many, limited] = servers
for (let n = 0; n < keys; n++) await many.makeKey()
await limited.setLimits({ max_requests_per_1_minute: 100_000 })
const measured: [number, number, number][] = []
for (let n = -2; n < rounds; n++) {
  const times: [number, number, number] = [await timeOf(few), await timeOf(many), await timeOf(limited)]
  if (n >= 0) measured.push(times)
}
const ratioOf = (at: 1 | 2) => round(median(measured.map((times) => times[at] / times[0])), 2)
const timeAt = (at: 0 | 1 | 2) => round(median(measured.map((times) => times[at])), 3)
console.log(
  table([
    ['', 'ms a request', 'ratio'],
    ['1 key', timeAt(0), ''],
    [`${keys + 1} keys`, timeAt(1), ratioOf(1)],
    ['1 key, with limits', timeAt(2), ratioOf(2)],
  ]),
)
console.log(`\n  medians of ${rounds} rounds`)
for (const { server, dataDir } of servers) {
  await server.close()
  rmSync(dataDir, { recursive: true })
}
