/**
 * How long somebody waits who has never seen this: `node bench/first-answer.ts [repository]`.
 *
 * Clones the repository (this one unless told), then does what the README says: `npm ci`, `npm start`, and the first
 * program, which has Python compute; then that program again, and a plain question whose answer is streamed. As an
 * ordinary user, and without a cache of npm, where HOME is that of one.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import OpenAI from 'openai'
import { quantile, round, table } from './numbers.ts'
import { freePort } from './process.ts'

const repository = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'threadmill-first-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const clone = join(folder, 'threadmill')
const rows: string[][] = []
const begin = performance.now()
let last = begin

function lap(step: string): void {
  const now = performance.now()
  rows.push([step, ...[now - last, now - begin].map((ms) => (ms / 1000).toFixed(1))])
  last = now
}

execFileSync('git', ['-c', 'safe.directory=*', 'clone', '--quiet', repository, clone])
lap('git clone')
execFileSync('npm', ['ci'], { cwd: clone, stdio: 'ignore' })
lap('npm ci')

const port = await freePort()
const server = spawn('npm', ['start'], {
  cwd: clone,
  env: { PATH: process.env['PATH'], HOME: process.env['HOME'], THREADMILL_PORT: String(port) },
  stdio: ['ignore', 'pipe', 'ignore'],
})
process.once('exit', () => server.kill())
let said = ''
for await (const part of server.stdout.iterator({ destroyOnReturn: false })) {
  said += String(part)
  if (said.includes('OPENAI_API_KEY')) break
}
server.stdout.resume()
lap('npm start: the banner')

const apiKey = readFileSync(join(clone, 'data/api-key'), 'utf8').trim()
const client = new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey })
const { assistants, threads } = client.beta

async function firstProgram(): Promise<void> {
  const assistant = await assistants.create({ model: 'gpt-4-turbo', tools: [{ type: 'code_interpreter' }] })
  const thread = await threads.create()
  await threads.messages.create(thread.id, { role: 'user', content: 'Solve 3x + 11 = 14' })
  const run = await threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id })
  const answer = JSON.stringify((await threads.messages.list(thread.id)).data[0]?.content)
  if (!answer.includes('x = 1')) throw new Error(`the run is ${run.status}, the answer ${answer}`)
}
await firstProgram()
lap('the first program')
await firstProgram()
lap('the same again')
console.log(table([['seconds', 'took', 'since the start'], ...rows]))

const { id } = await assistants.create({ model: 'demo' })
const times: number[] = []
for (let count = 0; count < 20; count++) {
  const asked = performance.now()
  const thread = await threads.create({ messages: [{ role: 'user', content: 'What can you do?' }] })
  await threads.runs.stream(thread.id, { assistant_id: id }).finalMessages()
  times.push(performance.now() - asked)
}
const [half, most] = [quantile(times, 0.5), quantile(times, 0.95)]
console.log(
  `A plain question, from a new thread to the end of the stream: ${round(half)} ms, p95 ${round(most)} ms`,
)

const ended = once(server, 'exit')
server.kill()
await ended
process.exit()
