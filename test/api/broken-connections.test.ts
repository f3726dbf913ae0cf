import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startTestServer } from '../server.ts'

/** How the streams of providers with clients of their own begin to say "Hello". */
const hello = {
  anthropic: [
    {
      type: 'message_start',
      message: { id: 'm', model: 'm', content: [], usage: { input_tokens: 1, output_tokens: 1 } },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } },
  ],
  google: [{ candidates: [{ content: { role: 'model', parts: [{ text: 'Hello' }] } }] }],
  mistral: [
    {
      id: 'm',
      created: 1,
      model: 'm',
      choices: [{ index: 0, delta: { role: 'assistant', content: 'Hello' } }],
    },
  ],
}
type Family = keyof typeof hello

/** A provider whose every answer begins well and then breaks, and how often it was asked in one run. */
async function runOn(family: Family, breaks: (response: ServerResponse) => void) {
  let asked = 0
  const provider = createServer((request, response) => {
    if (request.method === 'GET') return void response.end('{"data":[],"models":[]}')
    asked++
    request.resume().once('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      breaks(response)
    })
  })
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const THREADMILL_CONFIG = join(folder, 'config.json')
  const base_url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`
  const providers = { lab: { type: family, base_url, api_key: 'k', models: ['m'] } }
  writeFileSync(THREADMILL_CONFIG, JSON.stringify({ providers }))
  try {
    await using s = await startTestServer({ env: { THREADMILL_CONFIG } })
    const assistant = await s.client.beta.assistants.create({ model: 'lab/m' })
    const run = await s.client.beta.threads.createAndRunPoll({
      assistant_id: assistant.id,
      thread: { messages: [{ role: 'user', content: 'Hello' }] },
    })
    return { run, asked }
  } finally {
    provider.closeAllConnections()
    provider.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

for (const family of Object.keys(hello) as Family[]) {
  test(`an answer of ${family} that breaks off after its first words is asked for once more`, async () => {
    const { run, asked } = await runOn(family, (response) => {
      const events = hello[family].map((event) => `data: ${JSON.stringify(event)}\n\n`)
      response.write(events.join(''), () => setImmediate(() => response.destroy()))
    })
    assert.equal(run.status, 'failed')
    assert.equal(run.last_error?.code, 'server_error')
    assert.match(run.last_error?.message ?? '', /lab\/m/)
    assert.equal(asked, 2)
  })
}

test('an answer that breaks off before its first word is asked for until there is one', async () => {
  let broken = 0
  const { run, asked } = await runOn('anthropic', (response) => {
    if (broken++ < 2) return void response.destroy()
    const end = [
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } },
      { type: 'message_stop' },
    ]
    response.end([...hello.anthropic, ...end].map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''))
  })
  assert.equal(run.status, 'completed')
  assert.equal(asked, 3)
})
