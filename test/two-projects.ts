import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { toFile, type OpenAI } from 'openai'
import { scripted } from '../src/models/scripted.ts'
import type { RawAnswer } from './raw.ts'
import { startTestServer } from './server.ts'
import { newProject } from './team.ts'

/** Ids of the same form that nobody has. */
export const nobodys: Record<string, string> = {
  assistant_id: 'asst_nobodynobodynobodynobody0',
  thread_id: 'thread_nobodynobodynobodynobody',
  message_id: 'msg_nobodynobodynobodynobody00',
  run_id: 'run_nobodynobodynobodynobody00',
  step_id: 'step_nobodynobodynobodynobody0',
  file_id: 'file-nobodynobodynobodynob',
  upload_id: 'upload_00000000nobodynobodynobodynobody',
  vector_store_id: 'vs_00000000000000000000000000000000',
  batch_id: 'vsfb_00000000000000000000000000000000',
  part_id: 'part_00000000000000000000000000000000',
  call_id: 'call_nobodynobodynobodynobody',
  response_id: `resp_${'0'.repeat(50)}`,
  item_id: `msg_${'0'.repeat(50)}`,
  conversation_id: `conv_${'0'.repeat(48)}`,
  trace_id: 'trace_nobodynobodynobody',
  container_id: `cntr_${'0'.repeat(48)}`,
  container_file_id: `cfile_${'0'.repeat(32)}`,
  webhook_endpoint_id: `whe_${'0'.repeat(32)}`,
}

/** A server with two projects: in `theirs` is one of each object, and with the key of `ours` they are asked for. */
export async function createTwoProjects(options: Parameters<typeof startTestServer>[0] = {}) {
  const models = {
    m: scripted((prompt) =>
      JSON.stringify(prompt).includes('You ask.')
        ? { toolCalls: [{ name: 'ask', arguments: '{}' }] }
        : { text: 'Hello.' },
    ),
  }
  // So that their webhooks may have an address, at which nobody is.
  const env = { THREADMILL_PRIVATE_HOSTS: '127.0.0.1' }
  const server = await startTestServer({ models, ...options, env: { ...env, ...options.env } })
  const { key, client } = await newProject(server, 'Ours')
  const theirs = server.client
  return {
    server,
    theirs,
    ours: { url: server.url, apiKey: key.value, client },
    /** The ids of what another project has, by the names that paths and bodies give them. */
    ids: await fillProject(theirs),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** So many that whoever looks at them all is seen. */
const many = <One>(one: One): One[] => Array.from({ length: 12 }, () => one)

/** One of each object, with a run that waits for its caller. */
export async function fillProject(client: OpenAI): Promise<Record<string, string>> {
  const { beta, files, uploads, vectorStores } = client
  const file = await files.create({
    file: await toFile(Buffer.from('A secret.'), 'a.txt'),
    purpose: 'assistants',
  })
  const store = await vectorStores.create({ name: 'theirs' })
  await vectorStores.files.createAndPoll(store.id, { file_id: file.id })
  const batch = await vectorStores.fileBatches.createAndPoll(store.id, { file_ids: [file.id] })
  const assistant = await beta.assistants.create({
    model: 'm',
    instructions: 'You ask.',
    tools: [{ type: 'function', function: { name: 'ask', parameters: { type: 'object', properties: {} } } }],
  })
  const thread = await beta.threads.create({ messages: many({ role: 'user', content: 'A secret.' }) })
  const [message] = (await beta.threads.messages.list(thread.id)).data
  const run = await beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id })
  assert.equal(run.status, 'requires_action')
  const [step] = (await beta.threads.runs.steps.list(run.id, { thread_id: thread.id })).data
  const upload = await uploads.create({
    bytes: 3,
    filename: 'b.txt',
    mime_type: 'text/plain',
    purpose: 'assistants',
  })
  const conversation = await client.conversations.create({
    items: many({ role: 'user', content: 'A secret.' }),
  })
  const response = await client.responses.create({
    model: 'm',
    input: 'A secret.',
    conversation: conversation.id,
  })
  const trace = {
    object: 'trace.span',
    id: 'span_1',
    trace_id: `trace_${randomUUID()}`,
    span_data: { type: 'agent' },
  }
  await client.post('/traces/ingest', { body: { data: [trace] } })
  const container = await client.containers.create({ name: 'theirs' })
  const containerFile = await client.containers.files.create(container.id, {
    file: await toFile(Buffer.from('A secret.'), 'a.txt'),
  })
  const endpoint = await client.webhooks.create({
    name: 'theirs',
    url: 'https://127.0.0.1:9/',
    event_types: ['response.completed'],
  })
  const part = await uploads.parts.create(upload.id, { data: await toFile(Buffer.from('abc'), 'p') })
  return {
    assistant_id: assistant.id,
    thread_id: thread.id,
    message_id: message?.id ?? '',
    run_id: run.id,
    step_id: step?.id ?? '',
    file_id: file.id,
    upload_id: upload.id,
    vector_store_id: store.id,
    batch_id: batch.id,
    part_id: part.id,
    response_id: response.id,
    conversation_id: conversation.id,
    trace_id: trace.trace_id,
    container_id: container.id,
    container_file_id: containerFile.id,
    webhook_endpoint_id: endpoint.id,
    item_id: response.output[0]?.id ?? '',
    call_id: run.required_action?.submit_tool_outputs.tool_calls[0]?.id ?? '',
  }
}

/** What an answer says, with ids that stand in it under their names, so that two answers can be compared. */
export function told({ status, text }: RawAnswer, of: Record<string, string>): string {
  const named = Object.entries(of).toSorted(([, one], [, other]) => other.length - one.length)
  let said = `${status} ${text}`
  for (const [name, id] of named) said = said.replaceAll(id, `{${name}}`)
  // Some lists name a cursor by another prefix in their error.
  for (const [name, id] of named) said = said.replaceAll(id.replace(/^[a-z]+[-_]/, ''), `{${name}}`)
  return said
    .replace(/"(created_at|expires_at|last_active_at)":\d+/g, '"$1":0')
    .replace(/"(asst|thread|msg|run|vs|vsfb|conv)_[A-Za-z0-9]{24,}"/g, '"$1_new"')
}
