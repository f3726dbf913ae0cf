import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type OpenAI from 'openai'
import { scripted } from '../../src/models/scripted.ts'
import { sqliteOnly } from '../database.ts'
import { growingReads } from '../plans.ts'
import { startTestServer } from '../server.ts'
import { countStatements } from '../statements.ts'

interface Ids {
  conversation: string
  thread: string
  assistant: string
  response: string
  item: string
}

interface Operation {
  name: string
  isList?: boolean
  ask: (client: OpenAI, ids: Ids) => Promise<unknown>
}

const respond = (client: OpenAI, more: object) =>
  client.responses.create({ model: 'm', input: 'And then?', ...more })

const operations: Operation[] = [
  { name: 'create a conversation', ask: (client) => client.conversations.create() },
  {
    name: 'a response in a conversation',
    ask: (client, { conversation }) => respond(client, { conversation }),
  },
  {
    name: 'a response in the background in a conversation',
    async ask(client, { conversation }) {
      let { id, status } = await respond(client, { conversation, background: true })
      while (status !== 'completed') ({ id, status } = await client.responses.retrieve(id))
    },
  },
  {
    name: 'a response that goes on with another',
    ask: (client, { response }) => respond(client, { previous_response_id: response }),
  },
  { name: 'a response by itself', ask: (client) => respond(client, {}) },
  { name: 'retrieve a response', ask: (client, { response }) => client.responses.retrieve(response) },
  {
    name: 'list the input of a response',
    ask: (client, { response }) => client.responses.inputItems.list(response),
  },
  {
    name: 'list the items of a conversation',
    ask: (client, { conversation }) => client.conversations.items.list(conversation),
  },
  {
    name: 'list the items of a conversation after one',
    ask: (client, { conversation, item: after }) => client.conversations.items.list(conversation, { after }),
  },
  {
    name: 'retrieve an item',
    ask: (client, { conversation, item }) =>
      client.conversations.items.retrieve(item, { conversation_id: conversation }),
  },
  {
    name: 'add an item',
    ask: (client, { conversation }) =>
      client.conversations.items.create(conversation, {
        items: [{ type: 'message', role: 'user', content: 'By the way.' }],
      }),
  },
  {
    name: 'retrieve a conversation',
    ask: (client, { conversation }) => client.conversations.retrieve(conversation),
  },
  { name: 'list the responses', isList: true, ask: (client) => client.get('/responses?limit=2') },
  { name: 'list the conversations', isList: true, ask: (client) => client.get('/conversations?limit=2') },
  {
    name: 'a run in a thread',
    ask: (client, { thread, assistant }) =>
      client.beta.threads.runs.createAndPoll(thread, { assistant_id: assistant }),
  },
  { name: 'list the messages', ask: (client, { thread }) => client.beta.threads.messages.list(thread) },
]

const hello = [{ role: 'user' as const, content: 'Hi' }]

async function createServer() {
  const s = await startTestServer({ models: { m: scripted(() => ({ text: 'Hello there.' })) } })
  const { client } = s
  const { id: assistant } = await client.beta.assistants.create({ model: 'm' })
  const { id: thread } = await client.beta.threads.create({ messages: hello })
  const { id: conversation } = await client.conversations.create()
  for (let turns = 0; turns < 2; turns++) await respond(client, { conversation })
  const { data } = await client.conversations.items.list(conversation)
  const first = await respond(client, {})
  const { id: response } = await respond(client, { previous_response_id: first.id })
  const ids: Ids = { conversation, thread, assistant, response, item: data.at(-2)?.id ?? '' }
  return Object.assign(s, { ids })
}

test('no statement of an operation reads all that a project has', sqliteOnly, async () => {
  using statements = countStatements()
  await using s = await createServer()
  using database = new DatabaseSync(join(s.dataDir, 'threadmill.db'), { readOnly: true })
  let count = 0
  for (const { name, isList = false, ask } of operations) {
    // What is done every second falls into some of the tries.
    const tries: Set<string>[] = []
    for (let at = 0; at < 4; at++) {
      statements.take()
      await ask(s.client, s.ids)
      tries.push(new Set(statements.take().map(({ text }) => text)))
    }
    const taken = tries.reduce((some, others) => some.intersection(others))
    count += taken.size
    for (const sql of taken) assert.deepEqual(growingReads(database, sql, { isList }), [], `${name}: ${sql}`)
  }
  assert.ok(count > 60, `${count} statements were looked at`)
})
