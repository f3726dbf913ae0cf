import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { scripted } from '../src/models/scripted.ts'
import { readConfig } from '../src/config/config.ts'
import { start } from '../src/start/start.ts'
import { openAgain } from '../src/store/open-database.ts'
import { connect } from './client.ts'
import { quantile, round, table } from './numbers.ts'

/**
 * What the erasure of a large archived project costs another project of the same server: how long a run of the other one takes,
 * from its creation to its end, before, while 20,000 messages and 1,000 files are erased, and afterwards.
 */
const messages = Number(process.argv[2] ?? 20_000)
const files = Number(process.argv[3] ?? 1_000)
const inThread = 50
const together = 8
const keptDays = 1

const dataDir = mkdtempSync(join(tmpdir(), 'threadmill-bench-'))
const config = readConfig({
  THREADMILL_PORT: '0',
  THREADMILL_DATA_DIR: dataDir,
  THREADMILL_CODE_INTERPRETER: 'off',
  THREADMILL_KEEP_ARCHIVED_PROJECTS_DAYS: String(keptDays),
})
const model = scripted(() => ({ text: 'Here.' }))
const server = await start(
  { ...config, models: { ...config.models, discover: false } },
  { models: { m: model } },
)
const admin = connect(`${server.url}/v1`, server.adminKey)
const { id: project } = await admin.json<{ id: string }>('POST', '/organization/projects', { name: 'large' })
const accounts = `/organization/projects/${project}/service_accounts`
const { api_key } = await admin.json<{ api_key: { value: string } }>('POST', accounts, { name: 'app' })
const large = connect(`${server.url}/v1`, api_key.value)
const calm = connect(`${server.url}/v1`, server.apiKey)
const assistant = await calm.json<{ id: string }>('POST', '/assistants', { model: 'm' })

async function eachOf(count: number, work: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0
  await Promise.all(
    Array.from({ length: together }, async () => {
      while (next < count) await work(next++)
    }),
  )
}

async function upload(n: number): Promise<void> {
  const form = new FormData()
  form.set('purpose', 'assistants')
  form.set('file', new File([`The text of file ${n}. `.repeat(200)], `${n}.txt`))
  const headers = { authorization: `Bearer ${api_key.value}` }
  const response = await fetch(`${server.url}/v1/files`, { method: 'POST', body: form, headers })
  if (!response.ok) throw new Error(`a file was refused: ${response.status}`)
}

/** How long runs of the calm project take, one after another, in milliseconds, while `goesOn`. */
async function runTimes(goesOn: (count: number) => Promise<boolean> | boolean): Promise<number[]> {
  const times: number[] = []
  while (await goesOn(times.length)) {
    const began = performance.now()
    await calm.events(
      '/threads/runs',
      {
        assistant_id: assistant.id,
        stream: true,
        thread: { messages: [{ role: 'user', content: 'Hello' }] },
      },
      () => {},
    )
    times.push(performance.now() - began)
  }
  return times
}

await eachOf(messages / inThread, () =>
  large.json('POST', '/threads', {
    messages: Array.from({ length: inThread }, (_, n) => ({
      role: 'user',
      content: `Message ${n}. `.repeat(40),
    })),
  }),
)
await eachOf(files, upload)
await runTimes((count) => count < 50)
const before = await runTimes((count) => count < 300)

await admin.json('POST', `/organization/projects/${project}/archive`, {})
const db = openAgain({ file: join(dataDir, 'threadmill.db') })
const longAgo = Math.floor(Date.now() / 1_000) - (keptDays + 1) * 86_400
await db.write((tx) => tx.run('update projects set archived_at = ? where id = ?', longAgo, project))
const began = performance.now()
const isErased = async () => {
  const left = await db.get<{ rows: number }>(
    `select (select count(*) from projects where id = ? and erased_at is null) +
       (select count(*) from threads where project = ?) + (select count(*) from files where project = ?) as rows`,
    project,
    project,
    project,
  )
  return Number(left?.rows) === 0
}
let looked = 0
const during = await runTimes(async (count) => {
  if (count < looked) return true
  looked = count + 20
  return !(await isErased())
})
const took = performance.now() - began
const after = await runTimes((count) => count < 300)
const row = (label: string, times: number[]) => [
  label,
  String(times.length),
  round(quantile(times, 0.5), 1),
  round(quantile(times, 0.95), 1),
  round(Math.max(...times), 1),
]
console.log(
  table([
    ['a run of another project, ms', 'runs', 'median', 'p95', 'longest'],
    row('before', before),
    row(`while ${messages} messages and ${files} files are erased`, during),
    row('afterwards', after),
  ]),
)
console.log(`\n  erased in ${round(took / 1_000, 1)} s`)
await db.close()
await server.close()
rmSync(dataDir, { recursive: true })
