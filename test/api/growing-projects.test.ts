import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type OpenAI from 'openai'
import type { Client } from 'pg'
import { scripted } from '../../src/models/scripted.ts'
import { connectAlone } from '../../src/store/postgres/connection.ts'
import { onPostgres, postgresOf, sqliteOnly } from '../database.ts'
import { growingReads } from '../plans.ts'
import { recordStatements, rowsRead } from '../postgres-statements.ts'
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
  /** PostgreSQL reads it in its order until the page is full, where it thinks that this is less than all that it may be. */
  mayBeInOrder?: boolean
  /** PostgreSQL reads the few requests of runs as a whole where it knows nothing of them. */
  needsStatistics?: boolean
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
    mayBeInOrder: true,
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
  {
    name: 'list the responses with what they were asked',
    isList: true,
    ask: (client) => client.get('/responses?limit=2&include[]=summary'),
  },
  {
    name: 'find the responses with words',
    isList: true,
    mayBeInOrder: true,
    ask: (client) => client.get('/responses?limit=2&query=hello'),
  },
  {
    name: 'find the responses with an item',
    isList: true,
    ask: (client, { item }) => client.get(`/responses?limit=2&query=${item}`),
  },
  {
    name: 'the tree of a response',
    ask: (client, { response }) => client.get(`/responses/${response}/chain`),
  },
  { name: 'list the conversations', isList: true, ask: (client) => client.get('/conversations?limit=2') },
  {
    name: 'a run in a thread',
    needsStatistics: true,
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

const postgresOnly = { skip: !onPostgres && 'it is about plans of PostgreSQL' }

/** What a row is told apart by, in the tables that grow with a project. */
const grown: Record<string, string[]> = {
  threads: ['seq', 'id'],
  messages: ['seq', 'id', 'thread_id', 'run_id'],
  runs: ['seq', 'id', 'thread_id', 'previous', 'after_message'],
  run_steps: ['seq', 'id', 'run_id'],
  items: ['seq', 'id', 'run'],
}
const copies = 80

/** Writes everything that the project has many times more, with ids and numbers of its own. */
async function grow(client: Client): Promise<void> {
  for (const [table, columns] of Object.entries(grown)) {
    const own = columns.map((column) =>
      column === 'seq' || column === 'run'
        ? `'${column}', ${column} + n * 10000`
        : `'${column}', ${column} || '_' || n`,
    )
    await client.query(`insert into ${table}
      select (jsonb_populate_record(null::${table}, to_jsonb(one) || jsonb_build_object(${own.join(', ')}))).*
      from ${table} as one, generate_series(1, ${copies}) as n`)
  }
}

test('an operation reads a few rows, however many a project has', postgresOnly, async () => {
  using statements = recordStatements()
  await using s = await createServer()
  await using client = await connect(s.dataDir)
  const asked = []
  for (const { name, ask, mayBeInOrder, needsStatistics } of operations) {
    if (mayBeInOrder) continue
    statements.take()
    await ask(s.client, s.ids)
    asked.push(...statements.take().map((statement) => ({ name, statement, needsStatistics })))
  }
  await grow(client)
  const reads = asked.filter(({ statement }) => isRead(statement.text))
  assert.ok(reads.length > 30, `${reads.length} statements were looked at`)
  // A database that is new knows nothing of its tables.
  for (const knows of [false, true]) {
    if (knows) await client.query('analyze')
    for (const { name, statement, needsStatistics } of reads) {
      if (needsStatistics && !knows) continue
      const rows = await rowsRead(client, statement)
      assert.ok(
        rows < copies,
        `${name}${knows ? '' : ', before tables are known'}: ${rows} rows: ${statement.text}`,
      )
    }
  }
})

const isRead = (sql: string): boolean =>
  /^\s*(select|with)\b/.test(sql) && !/\b(insert into|update|delete from)\b/.test(sql)

/** A connection that is closed at the end of the test. */
async function connect(dataDir: string) {
  const client = await connectAlone(await postgresOf(dataDir))
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
}
