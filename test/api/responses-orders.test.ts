import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { scripted, type ScriptedTurn } from '../../src/models/scripted.ts'
import { startMcpServer, textResult } from '../mcp-server.ts'
import { raw } from '../raw.ts'
import {
  clients,
  expandOrder,
  providers,
  recordedOrders,
  type Asked,
  type RecordedOrder,
} from '../recorded-orders.ts'
import { recordedResponse, recordedShapes, recordedUsage, shapeOf } from '../recorded-shapes.ts'
import { assertNumbered, shortName, withSealedReasoning } from '../responses.ts'
import { parseEvents, type SeenEvent } from '../runs.ts'
import { startTestServer } from '../server.ts'

/** Reasoning without text is what a provider keeps to itself. */
const modelOf = (turns: ScriptedTurn[]) =>
  turns.some(({ reasoning, parts = [] }) =>
    [reasoning, ...parts.map((part) => 'reasoning' in part && part.reasoning)].includes(''),
  )
    ? withSealedReasoning(turns)
    : scripted(turns)

const produced = recordedOrders.flatMap(({ asked, ...recorded }) => (asked ? [{ ...recorded, asked }] : []))
const models = produced.flatMap(({ asked }, at) =>
  asked.map(({ turns }, nth) => [`m${at}.${nth}`, modelOf(turns)] as const),
)
const server = await startTestServer({
  models: Object.fromEntries(models),
  env: { THREADMILL_CODE_INTERPRETER: 'auto', THREADMILL_PRIVATE_HOSTS: '127.0.0.1' },
})
const mcp = await startMcpServer({
  tools: [{ name: 'roll' }, { name: 'fail' }],
  call: (name) => textResult('4', name === 'fail'),
})
after(async () => {
  await server[Symbol.asyncDispose]()
  await mcp[Symbol.asyncDispose]()
})
const { vectorStores } = server.client
const store = await vectorStores.create({})
await vectorStores.files.uploadAndPoll(store.id, new File(['Mariam likes ramen.'], 'facts.txt'))

const tools = [
  { type: 'function', name: 'get_weather', parameters: { type: 'object', properties: {} } },
  { type: 'custom', name: 'write_sql' },
]

const lab = { type: 'mcp', server_label: 'lab', server_url: mcp.url, require_approval: 'never' }
const otherTools: Record<NonNullable<Asked['uses']>, object[]> = {
  search: [{ type: 'file_search', vector_store_ids: [store.id] }],
  code: [{ type: 'code_interpreter', container: { type: 'auto' } }],
  web: [{ type: 'web_search' }],
  image: [{ type: 'image_generation', partial_images: 1 }],
  mcp: [lab],
  'mcp with approval': [{ ...lab, require_approval: 'always' }],
  'three of mcp': ['lab', 'other', 'third'].map((server_label) => ({ ...lab, server_label })),
}

async function eventsOf(model: string, { params, uses, after: from }: Asked): Promise<SeenEvent[]> {
  const given = uses ? otherTools[uses] : tools
  const body = { model, input: 'Hi', stream: true, tools: given, ...params }
  const answer = await raw(server, 'POST', '/v1/responses', body)
  assert.equal(answer.status, 200, answer.text)
  const events = parseEvents(answer.text)
  if (from === undefined) return events
  const path = `/v1/responses/${events[0]?.data.response.id}?stream=true&starting_after=${from}`
  return parseEvents((await raw(server, 'GET', path)).text)
}

/** The names of a stream, where equal ones that follow each other are one with a star, unless they are of items. */
function orderOf(events: SeenEvent[]): string[] {
  const names: string[] = []
  for (const event of events) {
    const name = shortName(event)
    const isAgain = names.at(-1)?.replace(/\*$/, '') === name
    if (!isAgain) names.push(name)
    else if (!name.startsWith('output_item.')) names[names.length - 1] = `${name}*`
  }
  return names
}

test('there are 116 recorded streams of 50 orders, and each is compared or has its reason', () => {
  const count = recordedOrders.reduce((sum, { streams }) => sum + streams, 0)
  const orders = new Set(recordedOrders.map((one) => expandOrder(one.order, one).flat().join(' ')))
  assert.deepEqual([count, orders.size], [116, 50])
  const of = (kind: (one: RecordedOrder) => boolean) =>
    recordedOrders.filter(kind).reduce((sum, { streams }) => sum + streams, 0)
  assert.deepEqual(
    {
      compared: of(({ asked }) => asked !== undefined),
      'with a difference': of(({ here }) => here !== undefined),
      [clients]: of(({ asked, why }) => !asked && why === clients),
      [providers]: of(({ asked, why }) => !asked && why === providers),
    },
    { compared: 104, 'with a difference': 2, [clients]: 5, [providers]: 7 },
  )
  for (const { order, here, why } of recordedOrders)
    assert.ok(here === undefined || why, `nothing is said of ${order}`)
})

test('an order is left out because its tool is refused', async () => {
  for (const { order, asked, refused: type } of recordedOrders) {
    assert.equal(asked === undefined, type !== undefined, order)
    if (type === undefined) continue
    const answer = await raw(server, 'POST', '/v1/responses', {
      model: 'm0.0',
      input: 'Hi',
      tools: [{ type }],
    })
    assert.deepEqual([answer.status, answer.json.error?.param], [400, 'tools[0].type'], answer.text)
  }
})

test('the keys of every event of these orders were recorded, and no others', () => {
  const names = produced.flatMap((one) => expandOrder(one.here ?? one.order, one).flat())
  const compared = new Set(names.map((name) => name.replace(/\*$/, '')))
  assert.deepEqual([...compared].toSorted(), Object.keys(recordedShapes).toSorted())
})

function assertShape(event: SeenEvent): void {
  const name = shortName(event)
  const shapes = recordedShapes[name]?.split(' or ') ?? []
  assert.ok(shapes.includes(shapeOf(event)), `${event.event} has ${shapeOf(event)}`)
  const { response } = event.data
  if (!response) return
  assert.deepEqual(Object.keys(response).toSorted(), recordedResponse, event.event)
  // Until it is over there is no output, and only what is complete has a usage.
  const isBegun = ['created', 'queued', 'in_progress'].includes(name)
  if (isBegun) assert.deepEqual([response.output, response.usage, response.error], [[], null, null])
  const { usage, error } = response
  assert.deepEqual(
    usage && shapeOf({ data: usage }),
    name === 'completed' ? recordedUsage : null,
    event.event,
  )
  assert.deepEqual(error && Object.keys(error), name === 'failed' ? ['code', 'message'] : null, event.event)
}

for (const [at, recorded] of produced.entries()) {
  const { order, here, asked, begins = '', ends = '' } = recorded
  const name = `${begins} ${order} ${ends}`.trim()
  test(`a stream has its events in the recorded order, with the recorded keys: ${name}`, async () => {
    const expected = expandOrder(here ?? order, recorded)
    assert.equal(expected.length, asked.length)
    for (const [nth, one] of asked.entries()) {
      const events = await eventsOf(`m${at}.${nth}`, one)
      assertNumbered(events, one.after === undefined ? 0 : one.after + 1)
      assert.deepEqual(orderOf(events), expected[nth])
      events.forEach(assertShape)
    }
  })
}
