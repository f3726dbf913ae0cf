import assert from 'node:assert/strict'
import { createApp, type AppOptions } from '../src/http/app.ts'

const message = (attachments: object[] = []) => ({ role: 'user', content: 'Hi', attachments })
const fileOf = (id: string) => ({ file_id: id, tools: [{ type: 'file_search' }] })

/** A body for each route that reads one. Everything in it is valid but for the ids. */
const bodies: Record<string, (of: Record<string, string>) => unknown> = {
  'POST /assistants': (of) => ({
    model: 'm',
    tools: [{ type: 'file_search' }],
    tool_resources: { file_search: { vector_store_ids: [of['vector_store_id']] } },
  }),
  'POST /assistants/:assistant_id': () => ({ name: 'Mine now' }),
  'POST /threads': (of) => ({ messages: [message([fileOf(of['file_id'] ?? '')])] }),
  'POST /threads/:thread_id': () => ({ metadata: { a: 'b' } }),
  'POST /threads/:thread_id/copy': (of) => ({ message_id: of['message_id'] }),
  'POST /threads/runs': (of) => ({ assistant_id: of['assistant_id'], thread: { messages: [message()] } }),
  'POST /threads/:thread_id/messages': () => message(),
  'POST /threads/:thread_id/messages/:message_id': () => ({ metadata: {} }),
  'POST /threads/:thread_id/runs': (of) => ({ assistant_id: of['assistant_id'] }),
  'POST /threads/:thread_id/runs/:run_id': () => ({ metadata: {} }),
  'POST /threads/:thread_id/runs/:run_id/submit_tool_outputs': (of) => ({
    tool_outputs: [{ tool_call_id: of['call_id'], output: 'x' }],
  }),
  'POST /responses': (of) => ({ model: 'm', input: 'Hi', previous_response_id: of['response_id'] }),
  'POST /responses/input_tokens': (of) => ({ previous_response_id: of['response_id'] }),
  'POST /responses/compact': (of) => ({ model: 'm', previous_response_id: of['response_id'] }),
  'POST /conversations': (of) => ({ items: [{ type: 'item_reference', id: of['item_id'] }] }),
  'POST /conversations/:conversation_id': () => ({ metadata: { a: 'b' } }),
  'POST /conversations/:conversation_id/items': () => ({ items: [{ role: 'user', content: 'Hi' }] }),
  'POST /containers': (of) => ({ name: 'mine', file_ids: [of['file_id']] }),
  'POST /containers/:container_id/files': (of) => ({ file_id: of['file_id'] }),
  'POST /uploads/:upload_id/complete': (of) => ({ part_ids: [of['part_id']] }),
  'POST /vector_stores': (of) => ({ file_ids: [of['file_id']] }),
  'POST /vector_stores/:vector_store_id': () => ({ name: 'Mine now' }),
  'POST /vector_stores/:vector_store_id/search': () => ({ query: 'secret' }),
  'POST /vector_stores/:vector_store_id/files': (of) => ({ file_id: of['file_id'] }),
  'POST /vector_stores/:vector_store_id/files/:file_id': () => ({ attributes: {} }),
  'POST /vector_stores/:vector_store_id/file_batches': (of) => ({ file_ids: [of['file_id']] }),
}

/** What is posted to these names nothing that is there. */
const namesNothing = [
  'POST /chat/completions',
  'POST /embeddings',
  'POST /files',
  'POST /uploads',
  'POST /traces/ingest',
  'POST /webhook_endpoints',
]

/** A request that names something by these ids, and a name for it. */
export interface NamingRequest {
  name: string
  ask: (of: Record<string, string>) => { method: string; path: string; body?: unknown }
}

const withIds = (path: string, of: Record<string, string>) =>
  path.replaceAll(/:(\w+)/g, (_, name: string) => of[name] ?? name)

/** Requests about objects of the caller's `own` that name others in their middle. */
export function requestsInTheMiddle(own: Record<string, string>): NamingRequest[] {
  const search = (of: Record<string, string>) => ({ vector_store_ids: [of['vector_store_id']] })
  const file = (of: Record<string, string>) => ({ file_id: of['file_id'] })
  const attached = (of: Record<string, string>) => message([fileOf(of['file_id'] ?? '')])
  const { assistant_id } = own
  const respond = (of: object) => ({ model: 'm', input: 'Hi', ...of })
  const code = (container: unknown) => respond({ tools: [{ type: 'code_interpreter', container }] })
  const requests: [string, (of: Record<string, string>) => unknown][] = [
    ['vector_stores/:vector_store_id/files', file],
    ['vector_stores/:vector_store_id/file_batches', (of) => ({ file_ids: [of['file_id']] })],
    ['threads', (of) => ({ tool_resources: { code_interpreter: { file_ids: [of['file_id']] } } })],
    ['threads', (of) => ({ tool_resources: { file_search: search(of) } })],
    [
      'threads/:thread_id/messages',
      (of) => ({ role: 'user', content: [{ type: 'image_file', image_file: file(of) }] }),
    ],
    ['threads/:thread_id/messages', attached],
    ['responses', (of) => respond({ input: [{ type: 'item_reference', id: of['item_id'] }] })],
    ['responses', (of) => respond({ conversation: of['conversation_id'] })],
    ['responses', (of) => respond({ tools: [{ type: 'file_search', ...search(of) }] })],
    ['responses', (of) => code(of['container_id'])],
    ['responses', (of) => code({ type: 'auto', file_ids: [of['file_id']] })],
    [
      'responses',
      (of) => respond({ input: [{ role: 'user', content: [{ type: 'input_file', ...file(of) }] }] }),
    ],
    ['threads/:thread_id/runs', (of) => ({ assistant_id: of['assistant_id'] })],
    ['threads/:thread_id/runs', (of) => ({ assistant_id, additional_messages: [attached(of)] })],
    ['threads/runs', (of) => ({ assistant_id, tool_resources: { file_search: search(of) } })],
  ]
  return requests.map(([path, body], at) => ({
    name: `${path} (${at})`,
    ask: (of) => ({ method: 'POST', path: `/v1/${withIds(path, own)}`, body: body(of) }),
  }))
}

/** Lists of the caller's `own` project with cursors and filters that name others. */
export function narrowedLists(own: Record<string, string>): NamingRequest[] {
  const lists: [string, string][] = [
    ['/assistants', 'assistant_id'],
    ['/threads', 'thread_id'],
    ['/runs', 'run_id'],
    ['/files', 'file_id'],
    ['/vector_stores', 'vector_store_id'],
    ['/responses', 'response_id'],
    ['/traces', 'trace_id'],
    ['/containers', 'container_id'],
    ['/conversations', 'conversation_id'],
    ['/threads/:thread_id/messages', 'message_id'],
    ['/threads/:thread_id/runs', 'run_id'],
    ['/threads/:thread_id/runs/:run_id/steps', 'step_id'],
    ['/vector_stores/:vector_store_id/files', 'file_id'],
    ['/vector_stores/:vector_store_id/file_batches/:batch_id/files', 'file_id'],
    ['/conversations/:conversation_id/items', 'item_id'],
    ['/responses/:response_id/input_items', 'item_id'],
    ['/containers/:container_id/files', 'container_file_id'],
    ['/webhook_endpoints', 'webhook_endpoint_id'],
  ]
  const cursors = lists.flatMap(([path, name]): [string, string][] => [
    [`${path}?after=`, name],
    [`${path}?before=`, name],
  ])
  const filters: [string, string][] = [
    ['/threads/:thread_id/messages?run_id=', 'run_id'],
    ['/vector_stores?file_id=', 'file_id'],
    ['/runs?response_id=', 'response_id'],
    ['/runs?assistant_id=', 'assistant_id'],
    ['/runs?thread_id=', 'thread_id'],
    ['/threads?assistant_id=', 'assistant_id'],
    ['/responses?include[]=summary&query=', 'response_id'],
    ['/responses?include[]=summary&query=', 'item_id'],
  ]
  return [...cursors, ...filters].map(([path, name]) => ({
    name: path,
    ask: (of) => ({ method: 'GET', path: `/v1${withIds(path, own)}${of[name]}` }),
  }))
}

/** Streams and replays of runs of others. */
export const streams: NamingRequest[] = [
  '/threads/:thread_id/runs/:run_id/stream',
  '/threads/:thread_id/runs/:run_id/stream?after=1',
  '/threads/:thread_id/runs/:run_id/events',
  '/threads/:thread_id/runs/:run_id/timeline',
  '/responses/:response_id?stream=true',
  '/responses/:response_id?stream=true&starting_after=1',
].map((path) => ({ name: path, ask: (of) => ({ method: 'GET', path: `/v1${withIds(path, of)}` }) }))

/** The operations that name something of a project: in their path, or in the body that is here for them. */
export function walkedOperations(ids: Record<string, string>): NamingRequest[] {
  const walked = routes().filter(({ path }) => path.includes(':') || bodies[`POST ${path}`])
  const forgotten = routes()
    .map(({ method, path }) => `${method} ${path}`)
    .filter((one) => /^POST [^:]*$/.test(one) && !bodies[one] && !namesNothing.includes(one))
  assert.deepEqual(forgotten, [], 'each operation that reads a body has one here, or names nothing')
  assert.ok(walked.length > 45, `${walked.length} operations`)
  const unknown = walked.flatMap(({ path }) =>
    [...path.matchAll(/:(\w+)/g)].flatMap(([, name = '']) => (name in ids || name === 'model' ? [] : [name])),
  )
  assert.deepEqual(unknown, [], 'each id in a path is one of theirs')
  return walked.map(({ method, path }) => ({
    name: `${method} ${path}`,
    ask: (of) => ({
      method,
      path: `/v1${withIds(path.replace(/\{[^}]*\}/, ''), of)}`,
      body: bodies[`${method} ${path}`]?.(of),
    }),
  }))
}

/** The routes of the API below the project of a key, as they are registered. */
function routes(): { method: string; path: string }[] {
  const app = createApp({ console: { folder: '', version: '' }, observer: {} } as AppOptions)
  const found = new Map(
    app.routes
      .filter(({ method, path }) => method !== 'ALL' && path.startsWith('/v1/'))
      .map(({ method, path }) => [`${method} ${path}`, { method, path: path.slice(3) }]),
  )
  return [...found.values()].filter(({ path }) => !path.startsWith('/organization/'))
}
