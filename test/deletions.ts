import assert from 'node:assert/strict'
import type { LanguageModelV4Prompt } from '@ai-sdk/provider'
import { scripted } from '../src/models/scripted.ts'
import type { LogLevel } from '../src/common/log.ts'
import { startMcpServer, textResult } from './mcp-server.ts'
import { raw, type RawAnswer } from './raw.ts'
import { parseEvents, until as untilSoon } from './runs.ts'
import { startTestServer } from './server.ts'
import { askAdmin } from './team.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- a test looks at whatever came
type Json = any

/** Many worlds are made at once. */
const until = <T>(check: () => Promise<T | false>): Promise<T> => untilSoon(check, 60_000)

const textOf = (prompt: LanguageModelV4Prompt) => {
  const [part] = prompt.findLast(({ role }) => role === 'user')?.content ?? []
  return typeof part === 'object' && part.type === 'text' ? part.text : ''
}

/** A server whose model does what it is told: "wait" for `goOn`, "call" a function, "roll" on an MCP server, or just answer. */
export async function createWalk() {
  const mcp = await startMcpServer({ tools: [{ name: 'roll' }], call: () => textResult('4') })
  let gate = Promise.withResolvers<void>()
  const model = scripted(async (prompt) => {
    const told = textOf(prompt)
    if (told === 'wait') await gate.promise
    if (prompt.at(-1)?.role === 'user' && told === 'call')
      return { toolCalls: [{ name: 'look', arguments: {} }] }
    if (prompt.at(-1)?.role === 'user' && told === 'roll')
      return { toolCalls: [{ name: 'lab__roll', arguments: {} }] }
    return { text: 'Yes.' }
  })
  const errors: unknown[] = []
  const server = await startTestServer({
    models: { m: model },
    env: { THREADMILL_PRIVATE_HOSTS: '127.0.0.1' },
    log: (level: LogLevel, fact: string, more = {}) => void (level === 'error' && errors.push([fact, more])),
  })
  const ask = (method: string, path: string, body?: unknown) => raw(server, method, `/v1${path}`, body)
  const tools = [
    { type: 'function', name: 'look', parameters: {}, strict: false },
    { type: 'mcp', server_label: 'lab', server_url: mcp.url, require_approval: 'always' },
  ]
  const limit = (most: number | null) =>
    askAdmin(server, 'POST', '/projects/default/limits', { max_concurrent_runs: most })
  return {
    ...server,
    errors,
    ask,
    tools,
    /** What is told to wait from now on waits for `goOn`. */
    hold: () => void (gate = Promise.withResolvers()),
    /** Everything that is begun from now on is queued, until `goOn`. */
    async queueAll() {
      const calls = model.calls.length
      await ask('POST', '/responses', { model: 'm', input: 'wait', background: true })
      await until(async () => model.calls.length > calls)
      await limit(1)
    },
    async goOn() {
      await limit(null)
      gate.resolve()
    },
    async [Symbol.asyncDispose]() {
      gate.resolve()
      await server[Symbol.asyncDispose]()
      await mcp[Symbol.asyncDispose]()
    },
  }
}
export type Walk = Awaited<ReturnType<typeof createWalk>>

/** One of everything, joined with everything else. */
export type World = Awaited<ReturnType<typeof createWorld>>

const ok = async (answer: Promise<RawAnswer>): Promise<Json> => {
  const { status, text, json } = await answer
  assert.equal(status, 200, text)
  return json
}

export async function createWorld(walk: Walk) {
  const { ask, tools } = walk
  const form = (name: string, fields: Record<string, string> = {}) => {
    const made = new FormData()
    for (const [field, value] of Object.entries(fields)) made.append(field, value)
    made.append('file', new Blob(['The otter eats fish.']), name)
    return made
  }
  const make = async (path: string, body: unknown = {}) => ok(ask('POST', path, body))
  const file: Json = await make('/files', form('otter.txt', { purpose: 'assistants' }))
  const [store, container, assistant] = await Promise.all([
    make('/vector_stores', { file_ids: [file.id] }),
    make('/containers', { name: 'c', file_ids: [file.id] }),
    make('/assistants', {
      model: 'm',
      instructions: 'Be {{how}}.',
      tools: [{ type: 'function', function: { name: 'look' } }],
    }),
  ])
  const placed = await make(`/containers/${container.id}/files`, form('own.txt'))
  const attachments = [{ file_id: file.id, tools: [{ type: 'code_interpreter' }] }]
  const thread = await make('/threads', {
    messages: [{ role: 'user', content: 'Look at it.', attachments }],
    metadata: { a: 'b' },
  })
  const conversation = thread.id.replace('thread_', 'conv_')
  const respond = (body: object) => make('/responses', { model: 'm', tools, ...body })
  const prompt = { id: assistant.id, variables: { how: 'brief' } }
  const withFile = [
    {
      role: 'user',
      content: [
        { type: 'input_text', text: 'One' },
        { type: 'input_file', file_id: file.id },
      ],
    },
  ]
  const first = await respond({ prompt, input: withFile })
  const middle = await respond({ previous_response_id: first.id, input: 'Two' })
  const fork = await respond({ previous_response_id: first.id, input: 'Or two' })
  const said = await respond({ conversation, input: withFile })
  const run = await make(`/threads/${thread.id}/runs`, {
    assistant_id: assistant.id,
    additional_messages: [{ role: 'user', content: 'Three' }],
  })
  await until(
    async () => (await ok(ask('GET', `/threads/${thread.id}/runs/${run.id}`))).status === 'completed',
  )
  await until(async () => (await ok(ask('GET', `/vector_stores/${store.id}`))).status === 'completed')
  const items = await ok(ask('GET', `/conversations/${conversation}/items?order=asc`))
  return {
    file: file.id as string,
    store: store.id as string,
    container: container.id as string,
    placed: placed.id as string,
    assistant: assistant.id as string,
    thread: thread.id as string,
    conversation,
    item: items.data[0].id as string,
    first: first.id as string,
    middle: middle.id as string,
    fork: fork.id as string,
    said: said.id as string,
    run: run.id as string,
    /** What is under way. `last` goes on with `middle`; the other one is in the conversation. */
    last: '',
    inside: '',
    copy: '',
    streams: [] as Promise<RawAnswer>[],
  }
}

/** Lets a response go on with the chain, and another one or a run with the conversation, which do what they are `told`. */
export async function begin(walk: Walk, world: World, told: string, by: 'response' | 'run'): Promise<void> {
  const { ask, tools } = walk
  const stream = async (path: string, body: object): Promise<string> => {
    const begun = Promise.withResolvers<string>()
    const reading = (async () => {
      const response = await fetch(`${walk.url}/v1${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${walk.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ ...body, stream: true }),
      })
      let text = ''
      const decoder = new TextDecoder()
      for await (const chunk of response.body ?? []) {
        text += decoder.decode(chunk, { stream: true })
        const id = /"id":"((?:resp|run)_[^"]+)"/.exec(text)?.[1]
        if (id !== undefined) begun.resolve(id)
      }
      begun.reject(new Error(text))
      return { status: response.status, headers: response.headers, text, json: undefined }
    })()
    world.streams.push(reading)
    return begun.promise
  }
  const background = { model: 'm', tools, input: told, background: true }
  world.last = await stream('/responses', { ...background, previous_response_id: world.middle })
  if (by === 'response')
    world.inside = await stream('/responses', { ...background, conversation: world.conversation })
  else
    world.inside = await stream(`/threads/${world.thread}/runs`, {
      assistant_id: world.assistant,
      additional_messages: [{ role: 'user', content: told }],
    })
  const statusOf = async (path: string) => (await ok(ask('GET', path))).status
  const rests = told === 'wait' ? ['queued', 'in_progress'] : ['completed', 'requires_action']
  for (const path of [`/responses/${world.last}`, pathOf(world, world.inside)])
    await until(async () => rests.includes(await statusOf(path)))
}

export const pathOf = ({ thread }: World, id: string) =>
  id.startsWith('resp_') ? `/responses/${id}` : `/threads/${thread}/runs/${id}`

/** That what is there can be read, with all that its lists name, and that what has `gone` cannot. Paths are those of the API. */
export async function readAll({ ask }: Walk, world: World, gone: ReadonlySet<string>): Promise<void> {
  const read = async (path: string): Promise<Json> => {
    const { status, text, json } = await ask('GET', path)
    const isGone = [...gone].some(
      (one) => path === one || path.startsWith(`${one}/`) || path.startsWith(`${one}?`),
    )
    assert.equal(status, isGone ? 404 : 200, `${path}: ${text}`)
    return json
  }
  /** The members of a list, page by page, each of which can be read. */
  const readList = async (list: string, more: (member: string) => string[] = () => []) => {
    const ids: string[] = []
    for (let after = ''; ;) {
      const page = await read(`${list}?limit=4&order=asc${after}`)
      if (!page?.data) return
      ids.push(...page.data.map(({ id }: { id: string }) => id))
      if (!page.has_more) break
      after = `&after=${page.last_id}`
    }
    assert.equal(new Set(ids).size, ids.length, `${list} names nothing twice`)
    for (const id of ids) for (const path of [`${list}/${id}`, ...more(`${list}/${id}`)]) await read(path)
  }
  const responses = [world.first, world.middle, world.fork, world.said, world.last, world.inside]
  for (const id of responses.filter((one) => one.startsWith('resp_'))) {
    await read(`/responses/${id}`)
    const { data = [] } = await read(`/responses/${id}/input_items?limit=100`)
    assert.ok(data.length > 0 || gone.has(`/responses/${id}`))
  }
  await read(`/responses/${world.last}/chain`)
  await read(`/responses/${world.last}/timeline`)
  for (const thread of [world.thread, world.copy].filter((one) => one !== '')) {
    const conversation = thread.replace('thread_', 'conv_')
    await read(`/conversations/${conversation}`)
    await readList(`/conversations/${conversation}/items`)
    await read(`/threads/${thread}`)
    await readList(`/threads/${thread}/messages`)
    await readList(`/threads/${thread}/runs`, (run) => [`${run}/steps`])
  }
  await read(`/files/${world.file}`)
  await read(`/assistants/${world.assistant}`)
  await read(`/vector_stores/${world.store}`)
  await readList(`/vector_stores/${world.store}/files`)
  await read(`/containers/${world.container}`)
  await readList(`/containers/${world.container}/files`, (file) => [`${file}/content`])
}

/** The streams of what was under way end, each with its last event. */
export async function endStreams(world: World): Promise<void> {
  for (const { status, text } of await Promise.all(world.streams)) {
    assert.equal(status, 200, text)
    const events = parseEvents(text)
    assert.match(events.at(-1)?.event ?? '', /^(?:response\.(?:completed|failed|incomplete)|done)$/)
    const last = events.at(-1)?.event === 'done' ? events.at(-2)?.event : events.at(-1)?.event
    assert.match(String(last), /\.(?:completed|failed|cancelled|requires_action|incomplete)$/)
  }
}

/** The statuses of what was under way, once it is over or waits for its caller. Undefined for what is not there. */
export const outcomeOf = ({ ask }: Walk, world: World, id: string) =>
  until(async () => {
    const { status, json, text } = await ask('GET', pathOf(world, id))
    if (status === 404) return { status: 'gone', output: [] as Json[], json }
    assert.equal(status, 200, text)
    const isOver = !['queued', 'in_progress', 'cancelling'].includes(json.status)
    return isOver && { status: json.status as string, output: (json.output ?? []) as Json[], json }
  })

/** What answers the calls that a response has left to its caller. */
export const answersTo = (output: Json[]): object[] => {
  const done = new Set(output.map(({ approval_request_id: id }) => id))
  return output.flatMap((item): object[] =>
    item.type === 'function_call'
      ? [{ type: 'function_call_output', call_id: item.call_id, output: 'seen' }]
      : item.type === 'mcp_approval_request' && !done.has(item.id)
        ? [{ type: 'mcp_approval_response', approval_request_id: item.id, approve: true }]
        : [],
  )
}
