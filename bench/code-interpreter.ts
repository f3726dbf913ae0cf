/**
 * What the code interpreter costs a whole server, with its built-in model: `node bench/code-interpreter.ts [MB]`.
 * How long after a client's cancel a program is interrupted, and what a large file costs on its way in and out.
 */
import { mkdtempSync, openAsBlob, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI, { toFile } from 'openai'
import { quantile, round, table } from './numbers.ts'
import { freePort, memoryMb, startProcess } from './process.ts'

const size = Number(process.argv[2] ?? 512) * 2 ** 20
const folder = mkdtempSync(join(tmpdir(), 'threadmill-bench-'))
const port = await freePort()
const apiKey = 'sk-bench-0123456789abcdef'
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
await using server = await startProcess(
  'src/main.ts',
  {
    env: {
      THREADMILL_PORT: String(port),
      THREADMILL_DATA_DIR: join(folder, 'data'),
      THREADMILL_API_KEY: apiKey,
      HOME: folder,
    },
  },
  port,
)
const client = new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey, timeout: 600_000 })
const { threads } = client.beta
const assistant = await client.beta.assistants.create({
  model: 'demo',
  tools: [{ type: 'code_interpreter' }],
})

/** The built-in model runs what stands in a fence. */
const asked = (program: string) => ({ role: 'user' as const, content: `\`\`\`python\n${program}\n\`\`\`` })

/** What the program printed. */
async function run(threadId: string, program: string): Promise<string> {
  await threads.messages.create(threadId, asked(program))
  const { id, status } = await threads.runs.createAndPoll(threadId, { assistant_id: assistant.id })
  if (status !== 'completed') throw new Error(`the run is ${status}`)
  const { data } = await threads.runs.steps.list(id, { thread_id: threadId })
  return data
    .flatMap(({ step_details: details }) => (details.type === 'tool_calls' ? details.tool_calls : []))
    .flatMap((call) => (call.type === 'code_interpreter' ? call.code_interpreter.outputs : []))
    .map((output) => (output.type === 'logs' ? output.logs : ''))
    .join('')
}

async function cancel(times: number): Promise<void> {
  const took: number[] = []
  const busy = `import time
try:
    print('busy')
    while True: pass
except KeyboardInterrupt:
    stopped = time.time()`
  const { id: threadId } = await threads.create()
  await run(threadId, 'print(1)')
  for (let i = 0; i < times; i++) {
    await threads.messages.create(threadId, asked(busy))
    let at = 0
    const stream = threads.runs.stream(threadId, { assistant_id: assistant.id })
    stream.on('toolCallDelta', (delta) => {
      if (at || delta.type !== 'code_interpreter' || !delta.code_interpreter?.outputs?.length) return
      at = Date.now()
      void threads.runs.cancel(stream.currentRun()!.id, { thread_id: threadId })
    })
    await stream.done().catch(() => {})
    took.push(Number(await run(threadId, 'print(stopped)')) * 1000 - at)
  }
  const values = [0.5, 0.95, 1].map((p) => round(quantile(took, p)))
  console.log(`\nFrom the request to cancel to the interrupt in the program, ${times} runs, in ms\n`)
  console.log(
    table([
      ['', 'p50', 'p95', 'max'],
      ['interrupt', ...values],
    ]),
  )
}

/** A file goes in, a copy of it comes out; the most that the server had resident meanwhile, beyond what it had before. */
async function largeFile(): Promise<void> {
  const path = join(folder, 'large.txt')
  await using file = await open(path, 'w')
  await file.truncate(size)
  const rows = [['', 'seconds', 'server, MB more']]
  const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const before = memoryMb(server.pid).own
    let most = before
    const timer = setInterval(() => (most = Math.max(most, memoryMb(server.pid).own)), 20)
    const start = performance.now()
    const result = await work()
    clearInterval(timer)
    rows.push([name, round((performance.now() - start) / 1000), round(most - before)])
    return result
  }
  const uploaded = await step('upload', async () =>
    client.files.create({ file: await toFile(await openAsBlob(path), 'large.txt'), purpose: 'assistants' }),
  )
  const { id: threadId } = await threads.create({
    tool_resources: { code_interpreter: { file_ids: [uploaded.id] } },
  })
  const length = 'import os\nos.chdir("/mnt/data")\nprint(os.path.getsize("large.txt"))'
  if (Number(await step('into the sandbox', () => run(threadId, length))) !== size)
    throw new Error('not whole')
  const copy = 'import shutil\nprint(shutil.copyfile("large.txt", "copy.txt"))'
  await step('copied and kept', () => run(threadId, copy))
  const [kept] = (await client.files.list({ purpose: 'assistants_output' })).data
  if (kept?.bytes !== size) throw new Error('the copy is not whole')
  await step('download', async () => {
    const { body } = await client.files.content(kept.id)
    for await (const part of body as unknown as AsyncIterable<Uint8Array>) void part
  })
  console.log(`\nA file of ${size / 2 ** 20} MB\n`)
  console.log(table(rows))
}

await cancel(20)
await largeFile()
