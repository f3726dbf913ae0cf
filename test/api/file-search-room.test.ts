import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startFakeUpstream } from '../fake-upstream.ts'
import { startTestServer } from '../server.ts'
import { temporaryFolder } from '../acceptance/child.ts'

test('what searches find leaves a small model room for the conversation, and never nothing', async () => {
  using folder = temporaryFolder()
  const call = (query: string) => ({
    name: 'file_search',
    arguments: JSON.stringify({ queries: [query] }),
  })
  await using upstream = await startFakeUpstream({
    reply: (_request, index) =>
      index < 2
        ? { toolCalls: [call('horses in winter'), call('horses in summer')] }
        : { tokens: ['Horses ', 'run.'] },
  })
  const config = join(folder.path, 'config.json')
  const provider = { type: 'openai-compatible', base_url: `${upstream.url}/v1` }
  const models = { small: { context_window: 8_192 } }
  writeFileSync(config, JSON.stringify({ providers: { local: { ...provider, models } } }))
  await using server = await startTestServer({ env: { THREADMILL_CONFIG: config } })
  const { client } = server
  const store = await client.vectorStores.create({})
  for (let n = 0; n < 12; n++) {
    const text = Array.from({ length: 400 }, (_, word) => `horses winter summer word${n}x${word}`).join(' ')
    await client.vectorStores.files.uploadAndPoll(store.id, new File([text], `${n}.txt`))
  }
  const assistant = await client.beta.assistants.create({
    model: 'local/small',
    tools: [{ type: 'file_search' }],
    tool_resources: { file_search: { vector_store_ids: [store.id] } },
  })
  const run = await client.beta.threads.createAndRunPoll({
    assistant_id: assistant.id,
    thread: { messages: [{ role: 'user', content: 'What do horses do?' }] },
  })
  assert.equal(run.status, 'completed')
  const { messages = [] } = upstream.requests.at(-1)?.body ?? {}
  const told = messages.filter(({ role }) => role === 'tool').map(({ content }) => String(content))
  assert.equal(told.length, 4)
  for (const one of told) assert.match(one, /horses winter/)
  const tokens = told.join('').length / 4
  assert.ok(tokens < 8_192, `${tokens} tokens of passages`)
})
