import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * `node bench/import.ts [MESSAGES]`: how long an import of one long thread takes, in a list newest first, and how much
 * memory; then the same once more, which changes nothing.
 */
const count = Number(process.argv[2] ?? 100_000)
const folder = mkdtempSync(join(tmpdir(), 'threadmill-bench-'))
const dump = join(folder, 'messages.json')
const thread_id = 'thread_abc123abc123abc123abc123'

const out = createWriteStream(dump)
out.write('{"object":"list","data":[')
for (let index = count; index > 0; index--) {
  const message = {
    id: `msg_${String(index).padStart(24, '0')}`,
    object: 'thread.message',
    created_at: 1_700_000_000 + index,
    thread_id,
    role: index % 2 === 0 ? 'assistant' : 'user',
    content: [{ type: 'text', text: { value: 'some words '.repeat(90), annotations: [] } }],
    metadata: {},
  }
  if (!out.write(`${JSON.stringify(message)}${index > 1 ? ',' : ']}'}`)) await once(out, 'drain')
}
out.end()
await once(out, 'close')

for (const what of ['first', 'again']) {
  const began = performance.now()
  const program = new URL('../src/main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [program, 'import', dump, '--json'], {
    env: { PATH: process.env['PATH'], THREADMILL_DATA_DIR: join(folder, 'data') },
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  let peak = 0
  const look = setInterval(() => {
    void readFile(`/proc/${child.pid}/status`, 'utf8').then(
      (status) => (peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0))),
      () => {},
    )
  }, 100)
  const [code] = (await once(child, 'exit')) as [number]
  clearInterval(look)
  const seconds = (performance.now() - began) / 1000
  console.log(
    `${what}: ${count} messages in ${seconds.toFixed(1)} s, peak ${(peak / 1024).toFixed(0)} MiB, exit ${code}`,
  )
}
rmSync(folder, { recursive: true })
