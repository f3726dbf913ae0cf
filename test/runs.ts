import assert from 'node:assert/strict'
import type { LanguageModelV4, LanguageModelV4CallOptions } from '@ai-sdk/provider'
import type OpenAI from 'openai'
import { scripted, type Script } from '../src/models/scripted.ts'
import { raw } from './raw.ts'
import { startTestServer, type TestServer } from './server.ts'
import { createTrigger, dropTrigger, openDatabaseOf, type Trigger } from './database.ts'

type AssistantParams = Partial<OpenAI.Beta.AssistantCreateParams>

/** A server whose model `scripted` plays the script, an assistant on it, and a thread in which the user said something. */
export async function createRunFixture(
  script: Script | LanguageModelV4,
  assistantParams: AssistantParams = {},
) {
  const model = typeof script === 'object' && 'doStream' in script ? script : scripted(script)
  const server = await startTestServer({ models: { scripted: model } })
  const assistant = await server.client.beta.assistants.create({ model: 'scripted', ...assistantParams })
  const thread = await server.client.beta.threads.create({ messages: [{ role: 'user', content: 'Hello' }] })
  const { threads } = server.client.beta
  return {
    ...server,
    model: model as ReturnType<typeof scripted>,
    assistant,
    thread,
    threads,
    /** Creates a run and reads its stream to the end. */
    stream: (params: Record<string, unknown> = {}) =>
      streamRun(server, thread.id, { assistant_id: assistant.id, ...params }),
    run: (params: Partial<OpenAI.Beta.Threads.RunCreateParamsNonStreaming> = {}) =>
      threads.runs.create(thread.id, { assistant_id: assistant.id, ...params }),
    /** Creates a run and polls it to its end. */
    finish: (params: Partial<OpenAI.Beta.Threads.RunCreateParamsNonStreaming> = {}) =>
      threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id, ...params }),
    async texts() {
      const page = await threads.messages.list(thread.id, { order: 'asc' })
      return page.data.map(({ content: [first] }) => (first?.type === 'text' ? first.text.value : undefined))
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** Creates a run as its parameters stand, and reads its stream to the end. `query` is that of the address. */
export async function streamRun(
  server: Pick<TestServer, 'url' | 'apiKey'>,
  threadId: string,
  params: object,
  query = '',
): Promise<SeenEvent[]> {
  const answer = await raw(server, 'POST', `/v1/threads/${threadId}/runs${query}`, {
    stream: true,
    ...params,
  })
  assert.equal(answer.status, 200, answer.text)
  return parseEvents(answer.text)
}

export interface SeenEvent {
  id: string
  event: string
  // oxlint-disable-next-line typescript/no-explicit-any -- a test looks at whatever came
  data: any
}

/** The events of a stream, its comments left out. */
export async function readEvents(response: Response): Promise<SeenEvent[]> {
  return parseEvents(await response.text())
}

export function parseEvents(text: string): SeenEvent[] {
  const events: SeenEvent[] = []
  for (const block of text.split('\n\n')) {
    const lines = block.split('\n').filter((line) => line !== '' && !line.startsWith(':'))
    if (lines.length === 0) continue
    const field = (name: string) =>
      lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? ''
    const data = field('data')
    events.push({ id: field('id'), event: field('event'), data: data === '[DONE]' ? data : JSON.parse(data) })
  }
  return events
}

/** The names of the events, with a run of equal ones written once. */
export const order = (events: SeenEvent[]) =>
  events
    .map(({ event }) => event)
    .filter((event, at, all) => event !== all[at - 1] || !event.endsWith('.delta'))

/** Waits until the check holds, looking every few milliseconds. */
export async function until<T>(
  check: () => Promise<T | false | undefined | null>,
  timeoutMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const found = await check()
    if (found) return found
    if (Date.now() > deadline) throw new Error('what was waited for did not come')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Reaches into the database of a server, to bring about what only time brings about. */
export async function executeSql(
  { dataDir }: Pick<TestServer, 'dataDir'>,
  sql: string,
  ...values: (string | number)[]
): Promise<number> {
  const db = await openDatabaseOf(dataDir)
  try {
    return await db.write((tx) => tx.run(sql, ...values))
  } finally {
    await db.close()
  }
}

/** The same for something that its database is to do by itself. */
export async function addTrigger({ dataDir }: Pick<TestServer, 'dataDir'>, trigger: Trigger): Promise<void> {
  const db = await openDatabaseOf(dataDir)
  try {
    await createTrigger(db, trigger)
  } finally {
    await db.close()
  }
}

/** It does so no more. */
export async function removeTrigger({ dataDir }: Pick<TestServer, 'dataDir'>, name: string): Promise<void> {
  const db = await openDatabaseOf(dataDir)
  try {
    await dropTrigger(db, name)
  } finally {
    await db.close()
  }
}

/** Moves the last use of a vector store, and its expiry, by so many seconds. */
export async function moveStoreInTime(
  server: Pick<TestServer, 'dataDir'>,
  id: string,
  seconds: number,
): Promise<void> {
  const [row] = await querySql<{ body: string; expires_at: number }>(
    server,
    'select body, expires_at from vector_stores where id = ?',
    id,
  )
  const body = JSON.parse(row?.body ?? '{}') as { last_active_at: number }
  body.last_active_at += seconds
  const change = 'update vector_stores set body = ?, expires_at = ? where id = ?'
  await executeSql(server, change, JSON.stringify(body), (row?.expires_at ?? 0) + seconds, id)
}

/** The rows that are there in it. */
export async function querySql<Row = Record<string, unknown>>(
  { dataDir }: Pick<TestServer, 'dataDir'>,
  sql: string,
  ...values: (string | number)[]
): Promise<Row[]> {
  const db = await openDatabaseOf(dataDir)
  try {
    return await db.all<Row>(sql, ...values)
  } finally {
    await db.close()
  }
}

/** What was said, by whom, in the prompt of a call. */
export const dialogue = (call: LanguageModelV4CallOptions | undefined) =>
  call?.prompt.map(({ role, content }) => [
    role,
    typeof content === 'string'
      ? content
      : content.map((part) => (part.type === 'text' ? part.text : part.type)).join('|'),
  ])
