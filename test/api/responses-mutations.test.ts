import assert from 'node:assert/strict'
import { test } from 'node:test'
import { raw } from '../raw.ts'
import { createResponsesFixture } from '../responses.ts'

/** Numbers between 0 and 1, the same for every run of the test (mulberry32). */
function numbersFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const strange: unknown[] = [
  null,
  0,
  -1,
  1.5,
  1e308,
  '',
  'x',
  '\u0000',
  '\ud800',
  'a'.repeat(70_000),
  true,
  [],
  {},
  [null],
  [[]],
  { type: 'text' },
  '__proto__',
  'constructor',
  'item_reference',
  'mcp_approval_response',
  'compaction',
  'data:,',
]

type Place = [Record<string, unknown>, string]

/** Every value in a request, by what holds it. Places of a list are names as well. */
const placesOf = (value: unknown): Place[] =>
  typeof value === 'object' && value !== null
    ? Object.keys(value).flatMap((key): Place[] => [
        [value as Record<string, unknown>, key],
        ...placesOf((value as Record<string, unknown>)[key]),
      ])
    : []

const tool = { type: 'function', name: 'f', parameters: { type: 'object', properties: {} }, strict: false }
const call = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'f', arguments: '{}' }
const requests: object[] = [
  {
    input: [{ role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }],
    instructions: 'x',
    temperature: 0.5,
    max_output_tokens: 20,
    metadata: { a: 'b' },
    text: { format: { type: 'json_schema', name: 'n', schema: { type: 'object' } }, verbosity: 'low' },
    reasoning: { effort: 'low', summary: 'auto' },
    include: ['reasoning.encrypted_content'],
  },
  {
    input: [
      { type: 'reasoning', id: 'rs_1', summary: [], content: [{ type: 'reasoning_text', text: 'b' }] },
      call,
      { type: 'function_call_output', call_id: 'call_1', output: [{ type: 'input_text', text: 'q' }] },
      { type: 'file_search_call', id: 'fs_1', queries: ['a'], results: null },
      { type: 'mcp_call', id: 'mcp_1', server_label: 'l', name: 'a', arguments: '{}', output: '4' },
      { role: 'assistant', content: [{ type: 'output_text', text: 'y', annotations: [{}], logprobs: [] }] },
    ],
  },
  {
    input: 'Hi',
    tools: [tool, { type: 'custom', name: 'g', format: { type: 'text' } }],
    tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'f' }] },
    context_management: [{ type: 'compaction', compact_threshold: 1_000 }],
    previous_response_id: null,
  },
]

test('no request with something strange in it ends in an error of the server, or leaves anything when it is refused', async () => {
  await using s = await createResponsesFixture(() => ({ reasoning: 'Hm.', text: 'Yes.' }))
  const random = numbersFrom(7)
  const oneOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const paths = ['/v1/responses', '/v1/responses', '/v1/responses/input_tokens', '/v1/responses/compact']
  let taken = 0
  for (let count = 0; count < 300; count++) {
    const body = structuredClone({ model: 'm', ...oneOf(requests) })
    const [holder, key] = oneOf(placesOf(body))
    if (random() < 0.2) delete holder[key]
    else holder[key] = oneOf([...strange, ...placesOf(oneOf(requests)).map(([of, name]) => of[name])])
    const path = oneOf(paths)
    const { status, json, text } = await raw(s, 'POST', path, body)
    const said = `${path} ${JSON.stringify(body).slice(0, 2_000)}: ${text.slice(0, 500)}`
    assert.ok(status < 500, said)
    if (status < 400 && path === '/v1/responses') taken++
    if (status >= 400) assert.deepEqual(Object.keys(json.error), ['message', 'type', 'param', 'code'], said)
    else if (json.object === 'response') assert.equal(json.status, 'completed', said)
  }
  assert.ok(taken > 20 && taken < 150, `${taken} were taken`)
  const { json } = await raw(s, 'GET', '/v1/responses?limit=100')
  const stored =
    json.data.length +
    (json.has_more
      ? (await raw(s, 'GET', `/v1/responses?limit=100&after=${json.last_id}`)).json.data.length
      : 0)
  assert.equal(stored, taken)
})
