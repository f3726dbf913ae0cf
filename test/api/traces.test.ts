import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import OpenAI from 'openai'
import { scripted } from '../../src/models/scripted.ts'
import type { List } from '../../src/contract/list.ts'
import type { Trace, TraceSpan } from '../../src/contract/traces.ts'
import { openDatabaseOf } from '../database.ts'
import { temporaryFolder } from '../acceptance/child.ts'
import { removeDatabaseOf } from '../database.ts'
import { raw, refused } from '../raw.ts'
import { until } from '../runs.ts'
import { startTestServer, type TestServer } from '../server.ts'

let server: TestServer

before(async () => {
  server = await startTestServer({ models: { m: scripted(() => ({ text: 'Hello.' })) } })
})
after(() => server[Symbol.asyncDispose]())

let count = 0
const newTraceId = () => `trace_${(++count).toString(16).padStart(32, '0')}`

/** As the exporters of both Agents SDKs write it. */
const traceOf = (id: string, more: object = {}) => ({
  object: 'trace',
  id,
  workflow_name: 'Agent workflow',
  group_id: null,
  metadata: null,
  ...more,
})

const spanOf = (trace_id: string, number: number, span_data: object, more: object = {}) => ({
  object: 'trace.span',
  id: `span_${number.toString(16).padStart(24, '0')}`,
  trace_id,
  parent_id: null,
  // Python writes microseconds and an offset.
  started_at: `2026-03-01T10:00:0${number}.250000+00:00`,
  ended_at: `2026-03-01T10:00:0${number + 1}.500000+00:00`,
  span_data,
  error: null,
  ...more,
})

const agent = (name: string) => ({ type: 'agent', name, handoffs: [], tools: [], output_type: 'str' })

const ingest = (data: unknown[], to: Pick<TestServer, 'url' | 'apiKey'> = server) =>
  raw(to, 'POST', '/v1/traces/ingest', { data }, { 'openai-beta': 'traces=v1' })

const get = async <T>(path: string): Promise<T> => (await raw(server, 'GET', `/v1/traces${path}`)).json as T
const spansOf = (id: string) => get<List<TraceSpan>>(`/${id}/spans`)

test('a trace is taken as an exporter sends it, and read with its spans', async () => {
  const id = newTraceId()
  const response = await server.client.responses.create({ model: 'm', input: 'Hi' })
  const spans = [
    spanOf(id, 2, { type: 'response', response_id: response.id, usage: { input_tokens: 3 } }),
    spanOf(id, 3, { type: 'handoff', from_agent: 'Triage', to_agent: 'Refunds' }),
    spanOf(id, 1, agent('Triage')),
    spanOf(id, 4, agent('Refunds'), { parent_id: `span_${'0'.repeat(23)}1` }),
    spanOf(
      id,
      5,
      { type: 'guardrail', name: 'polite', triggered: true },
      {
        error: { message: 'Guardrail tripwire triggered', data: { guardrail: 'polite' } },
      },
    ),
  ]
  const head = traceOf(id, { workflow_name: 'Refund', group_id: 'chat_1', metadata: { of: 'a test' } })
  const taken = await ingest([head, ...spans])
  assert.equal(taken.status, 204)
  assert.equal(taken.text, '')
  assert.ok(taken.headers.get('x-request-id'))

  const trace = await get<Trace>(`/${id}`)
  assert.ok(Math.abs(trace.created_at - Date.now() / 1_000) < 60)
  assert.deepEqual(trace, {
    id,
    object: 'trace',
    created_at: trace.created_at,
    workflow_name: 'Refund',
    group_id: 'chat_1',
    metadata: { of: 'a test' },
    started_at: Date.parse('2026-03-01T10:00:01.250Z') / 1_000,
    ended_at: Date.parse('2026-03-01T10:00:06.500Z') / 1_000,
    spans: 5,
    errors: 1,
    dropped_spans: 0,
    agents: ['Triage', 'Refunds'],
    span_types: { agent: 2, guardrail: 1, handoff: 1, response: 1 },
  })
  assert.deepEqual((await spansOf(id)).data, spans)
  const [newest] = (await get<List<Trace>>('')).data
  assert.deepEqual(newest, trace)
  const ofResponse = await get<List<Trace>>(`?response_id=${response.id}`)
  assert.deepEqual(ofResponse.data, [trace])
})

test('what is sent again replaces what was there, and spans may come before their trace', async () => {
  const id = newTraceId()
  await ingest([spanOf(id, 1, agent('A'))])
  const early = await get<Trace>(`/${id}`)
  assert.deepEqual([early.workflow_name, early.metadata, early.spans], [null, {}, 1])
  const more = [spanOf(id, 1, agent('B')), spanOf(id, 2, { type: 'custom', name: 'turn', data: { turn: 1 } })]
  for (const _ of ['first', 'again']) {
    await ingest([traceOf(id, { metadata: { n: 1 } }), ...more])
    const { workflow_name, metadata, spans, agents } = await get<Trace>(`/${id}`)
    assert.deepEqual([workflow_name, metadata, spans, agents], ['Agent workflow', { n: 1 }, 2, ['B']])
    assert.deepEqual((await spansOf(id)).data, more)
  }
})

test('batches of one trace and of several that come at once are all stored', async () => {
  const ids = [newTraceId(), newTraceId(), newTraceId()]
  const batch = (number: number) => ids.map((id) => spanOf(id, number, agent(`a${number}`)))
  await Promise.all([1, 2, 3, 4, 5, 6].map((n) => ingest(n % 2 ? batch(n) : batch(n).toReversed())))
  for (const id of ids) assert.equal((await get<Trace>(`/${id}`)).spans, 6)
})

test('traces are listed newest first, with cursors, and found by what they are', async () => {
  const ids = [newTraceId(), newTraceId(), newTraceId()]
  const group = `chat ${count}`
  for (const [at, id] of ids.entries()) {
    await ingest([
      traceOf(id, { workflow_name: `Workflow ${at}`, group_id: group }),
      spanOf(id, 1, agent(`Agent ${at}`), at === 1 ? { error: { message: 'no' } } : {}),
    ])
  }
  const found = async (query: string) =>
    (await get<List<Trace>>(`?${new URLSearchParams({ group_id: group })}&${query}`)).data.map(({ id }) => id)
  assert.deepEqual(await found(''), ids.toReversed())
  assert.deepEqual(await found('order=asc&limit=2'), ids.slice(0, 2))
  assert.deepEqual(await found(`after=${ids[1]}`), [ids[0]])
  assert.deepEqual(await found(`before=${ids[1]}`), [ids[2]])
  assert.deepEqual(await found('has_errors=true'), [ids[1]])
  assert.deepEqual(await found('has_errors=false'), [ids[2], ids[0]])
  assert.deepEqual(await found('query=AGENT%202'), [ids[2]])
  assert.deepEqual(await found(`query=${ids[0]}`), [ids[0]].filter(Boolean))
  assert.deepEqual(await found('workflow_name=Workflow%201'), [ids[1]])
  assert.deepEqual(await found('created_at[lt]=1000'), [])
  refused(await raw(server, 'GET', '/v1/traces?status=x'), 400, "Unknown parameter: 'status'.", {
    param: 'status',
    code: 'unknown_parameter',
  })
  refused(await raw(server, 'GET', '/v1/traces?after=trace_x'), 400, "No trace found with id 'trace_x'.", {
    param: 'after',
  })
})

test('spans are listed in pages, in the order in which they came', async () => {
  const id = newTraceId()
  const spans = [3, 1, 2].map((n) =>
    spanOf(id, n, { type: 'function', name: `f${n}`, input: '{}', output: '1' }),
  )
  await ingest(spans)
  const first = await get<List<TraceSpan>>(`/${id}/spans?limit=2`)
  assert.deepEqual([first.data, first.has_more], [spans.slice(0, 2), true])
  assert.deepEqual((await get<List<TraceSpan>>(`/${id}/spans?after=${first.last_id}`)).data, spans.slice(2))
})

test('a deleted trace is gone, is still a cursor, and its id is free', async () => {
  const ids = [newTraceId(), newTraceId()]
  for (const id of ids) await ingest([traceOf(id), spanOf(id, 1, agent('A'))])
  const [older = '', newer = ''] = ids
  for (const _ of ['once', 'again']) {
    const deleted = await raw(server, 'DELETE', `/v1/traces/${newer}`)
    assert.deepEqual(deleted.json, { id: newer, object: 'trace.deleted', deleted: true })
    for (const path of [`/v1/traces/${newer}`, `/v1/traces/${newer}/spans`])
      refused(await raw(server, 'GET', path), 404, `No trace found with id '${newer}'.`)
    refused(await raw(server, 'DELETE', `/v1/traces/${newer}`), 404, `No trace found with id '${newer}'.`)
    assert.equal((await get<List<Trace>>(`?after=${newer}`)).data[0]?.id, older)
    await ingest([spanOf(newer, 2, agent('B'))])
    assert.deepEqual((await get<Trace>(`/${newer}`)).agents, ['B'])
  }
})

test('what is wrong in a batch is refused with its place, and nothing of the batch is stored', async () => {
  const id = newTraceId()
  const refusals: [unknown, string, string | null, string | null][] = [
    [
      { ...traceOf(id), object: 'span' },
      "Invalid value: 'span'. Supported values are: 'trace' and 'trace.span'.",
      'data[1].object',
      'invalid_value',
    ],
    [
      { ...spanOf(id, 1, agent('A')), trace_id: undefined },
      "Missing required parameter: 'data[1].trace_id'.",
      'data[1].trace_id',
      'missing_required_parameter',
    ],
    [
      spanOf(id, 1, {}),
      "Missing required parameter: 'data[1].span_data.type'.",
      'data[1].span_data.type',
      'missing_required_parameter',
    ],
    [
      { ...spanOf(id, 1, agent('A')), started_at: 'soon' },
      "Invalid 'data[1].started_at': 'soon'. Expected a time in the form of ISO 8601.",
      'data[1].started_at',
      'invalid_value',
    ],
    [
      traceOf(''),
      "Invalid 'data[1].id': empty string. Expected a string with minimum length 1, but got an empty string instead.",
      'data[1].id',
      'empty_string',
    ],
    [
      { ...spanOf(id, 1, agent('A')), id: 'span_\0' },
      "Invalid 'data[1].id': strings must not contain NUL characters (\\u0000).",
      'data[1].id',
      'invalid_value',
    ],
    [
      7,
      "Invalid type for 'data[1]': expected an object, but got an integer instead.",
      'data[1]',
      'invalid_type',
    ],
  ]
  for (const [wrong, message, param, code] of refusals)
    refused(await ingest([traceOf(id), wrong]), 400, message, { param, code })
  refused(await raw(server, 'GET', `/v1/traces/${id}`), 404, `No trace found with id '${id}'.`)
  const many = Array.from({ length: 10_001 }, () => 0)
  refused(
    await ingest(many),
    400,
    "Invalid 'data': array too long. Expected an array with maximum length 10000, but got an array with length 10001 instead.",
    { param: 'data', code: 'array_above_max_length' },
  )
  assert.equal((await ingest([])).status, 204)
})

test('hostile contents are kept as they are, and what is too large is shortened', async () => {
  const id = newTraceId()
  const strange = JSON.parse(
    '{"__proto__": {"a": "<script>"}, "nul": "\\u0000", "half": "\\ud800"}',
  ) as object
  const deep = JSON.parse(`${'['.repeat(900)}${']'.repeat(900)}`) as unknown
  const spans = [
    spanOf(id, 1, { ...agent('A\0B'), strange }),
    spanOf(id, 2, { type: 'custom', name: 'deep', data: deep }),
    spanOf(id, 3, { type: 'generation', input: 'x'.repeat(3_000_000), output: 'short' }),
    spanOf(id, 4, { type: 'generation', input: Array.from({ length: 40_000 }, (_, n) => ({ n })) }),
    spanOf(id, 5, { type: 'tomorrow', new: true }, { metadata: { a: 1 } }),
  ]
  const taken = await ingest([traceOf(id, { workflow_name: 'a\0b'.repeat(1_000), extra: 1 }), ...spans])
  assert.equal(taken.status, 204)
  const trace = await get<Trace & { extra: number }>(`/${id}`)
  assert.deepEqual([trace.spans, trace.extra, trace.workflow_name?.length], [5, 1, 512])
  assert.deepEqual(trace.agents, ['AB'])
  const { data } = await spansOf(id)
  const as = (at: number) => JSON.stringify(data[at])
  for (const at of [0, 1, 4]) assert.deepEqual(data[at], JSON.parse(JSON.stringify(spans[at])), `span ${at}`)
  for (const at of [2, 3]) {
    assert.equal(data[at]?.truncated, true)
    assert.ok(as(at).length < 300_000, `${as(at).length}`)
    assert.match(as(at), /… \[\d+ more\]/)
  }
  assert.equal(data[2]?.span_data['output'], 'short')
})

test('a trace has so many spans, and counts what came after them', async () => {
  const id = newTraceId()
  const span = (n: number) => ({ ...spanOf(id, 1, { type: 'custom', name: 'n', data: {} }), id: `span_${n}` })
  const from = (first: number, length: number) => Array.from({ length }, (_, n) => span(first + n))
  assert.equal((await ingest(from(0, 9_999))).status, 204)
  assert.equal((await ingest(from(9_999, 4))).status, 204)
  const { spans, dropped_spans, span_types } = await get<Trace>(`/${id}`)
  assert.deepEqual([spans, dropped_spans, span_types], [10_000, 3, { custom: 10_000 }])

  const again = from(0, 10_000).map((one) => ({ ...one, span_data: { type: 'function', name: 'again' } }))
  assert.equal((await ingest(again)).status, 204)
  const same = await get<Trace>(`/${id}`)
  assert.deepEqual(
    [same.spans, same.dropped_spans, same.span_types],
    [10_000, 3, { function: 10_000 }],
    'what is sent again replaces what is there, and nothing of it is dropped',
  )
})

test('two projects may have traces under the same id, and see their own', async () => {
  const admin = new OpenAI({
    baseURL: `${server.url}/v1`,
    adminAPIKey: server.server.adminKey,
    maxRetries: 0,
  })
  const { projects } = admin.admin.organization
  const project = await projects.create({ name: 'Other' })
  const account = await projects.serviceAccounts.create(project.id, { name: 'app' })
  const other = { url: server.url, apiKey: account.api_key?.value ?? '' }
  const id = newTraceId()
  await ingest([traceOf(id, { workflow_name: 'ours' }), spanOf(id, 1, agent('Ours'))])
  await ingest([traceOf(id, { workflow_name: 'theirs' })], other)
  assert.equal((await get<Trace>(`/${id}`)).workflow_name, 'ours')
  const theirs = await raw(other, 'GET', `/v1/traces/${id}`)
  assert.deepEqual([theirs.json.workflow_name, theirs.json.spans], ['theirs', 0])
  await raw(other, 'DELETE', `/v1/traces/${id}`)
  assert.equal((await get<Trace>(`/${id}`)).spans, 1)
})

test('traces are kept as long as the settings say', async () => {
  using folder = temporaryFolder()
  const ids = ['trace_old', 'trace_young']
  {
    await using first = await startTestServer({ dataDir: folder.path })
    for (const id of ids) await ingest([traceOf(id), spanOf(id, 1, agent('A'))], first)
  }
  const rows = async () => {
    const db = await openDatabaseOf(folder.path)
    const found = await db.all<{ n: number }>('select count(*) as n from trace_spans')
    await db.close()
    return Number(found[0]?.n)
  }
  const db = await openDatabaseOf(folder.path)
  await db.write((tx) => tx.run("update traces set created_at = created_at - 950400 where id = 'trace_old'"))
  await db.close()
  assert.equal(await rows(), 2)
  {
    const env = { THREADMILL_KEEP_TRACES_DAYS: '10' }
    await using second = await startTestServer({ dataDir: folder.path, env })
    const listed = async () => (await raw(second, 'GET', '/v1/traces')).json.data.map((one: Trace) => one.id)
    await until(async () => (await listed()).length === 1)
    assert.deepEqual(await listed(), ['trace_young'])
    await until(async () => (await rows()) === 1)
  }
  await removeDatabaseOf(folder.path)
})
