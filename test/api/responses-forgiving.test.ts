import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { raw, refused } from '../raw.ts'
import { createResponsesFixture } from '../responses.ts'

let s: Awaited<ReturnType<typeof createResponsesFixture>>
before(async () => {
  s = await createResponsesFixture(() => ({ text: 'Yes.' }))
})
after(() => s[Symbol.asyncDispose]())

const call = (name: string, call_id: string) => ({ type: 'function_call', call_id, name, arguments: '{}' })
const output = (call_id: string, text: string) => ({ type: 'function_call_output', call_id, output: text })
/** A picture of one point. */
const dot =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const user = { role: 'user', content: 'And now?' }

/** What the model was told of calls: each with its id, and with its result. */
function toldCalls() {
  const parts = (s.model.calls.at(-1)?.prompt ?? []).flatMap(({ content }) =>
    typeof content === 'string' ? [] : (content as { type: string }[]),
  ) as { type: string; toolCallId: string; toolName: string; output?: { value: unknown } }[]
  const results = new Map(
    parts.flatMap((part) => (part.output ? [[part.toolCallId, part.output.value]] : [])),
  )
  return parts
    .filter(({ type }) => type === 'tool-call')
    .map(({ toolCallId: id, toolName: name }) => [name, id, results.get(id)])
}

test('ids of calls that come again are told apart', async () => {
  const cases: [object[], unknown[]][] = [
    // Models of many servers count from 0 in each turn.
    [
      [
        call('f', 'call_0'),
        output('call_0', 'one'),
        user,
        call('g', 'call_0'),
        output('call_0', 'two'),
        user,
      ],
      [
        ['f', 'call_0', 'one'],
        ['g', 'call_0_2', 'two'],
      ],
    ],
    // The newest output counts.
    [[call('f', 'call_0'), output('call_0', 'one'), output('call_0', 'two')], [['f', 'call_0', 'two']]],
    [[output('call_0', 'one'), call('f', 'call_0')], [['f', 'call_0', 'one']]],
  ]
  for (const [input, told] of cases) {
    const answer = await s.post({ model: 'm', input: [user, ...input] })
    assert.equal(answer.status, 200, answer.text)
    assert.deepEqual(toldCalls(), told)
  }
})

test('where strict is left out, it depends on whether the schema can be held to', async () => {
  const closed = {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  }
  const loose = { type: 'object', properties: { city: { type: 'string' } } }
  const asked = async (schema: object, strict?: boolean | null) => {
    const { json } = await s.post({
      model: 'm',
      input: 'Hi',
      tools: [{ type: 'function', name: 'f', parameters: schema, strict }],
      text: { format: { type: 'json_schema', name: 'place', schema, strict } },
    })
    const { responseFormat, providerOptions } = s.model.calls.at(-1) ?? {}
    assert.equal(responseFormat?.type, 'json')
    return [json.tools[0].strict, json.text.format.strict, providerOptions?.['openai']?.['strictJsonSchema']]
  }
  assert.deepEqual(await asked(closed), [true, true, true])
  assert.deepEqual(await asked(loose), [false, false, false])
  assert.deepEqual(await asked(closed, null), [true, true, true])
  assert.deepEqual(await asked(closed, false), [false, false, false])
  assert.deepEqual(await asked(loose, true), [true, true, true])
})

test('a picture is sent back as it is listed, without its address, to whichever operation', async () => {
  const parts = [
    { type: 'input_text', text: 'What is it?' },
    { type: 'input_image', image_url: dot },
  ]
  const first = await s.post({
    model: 'm',
    input: [
      { role: 'user', content: parts },
      call('look', 'call_0'),
      { type: 'function_call_output', call_id: 'call_0', output: parts },
    ],
  })
  assert.equal(first.status, 200, first.text)
  const { data } = await s.responses.inputItems.list(first.json.id, { order: 'asc' })
  const [message] = data as { content: object[] }[]
  assert.deepEqual(message?.content[1], { type: 'input_image', detail: 'auto' })
  const again = await s.post({ model: 'm', input: [...data, ...first.json.output, user] })
  assert.equal(again.status, 200, again.text)
  const pictures = s.model.calls
    .at(-1)
    ?.prompt.flatMap(({ content }) =>
      typeof content === 'string' ? [] : content.filter((part) => part.type === 'file'),
    )
  assert.deepEqual(
    pictures?.map(({ mediaType }) => mediaType),
    ['image/png', 'image/png'],
  )

  const { id } = await s.client.conversations.create({ items: [message as never] })
  const { json } = await raw(
    s,
    'GET',
    `/v1/conversations/${id}/items?include[]=message.input_image.image_url`,
  )
  assert.equal(json.data[0].content[1].image_url, dot)
  const items = (await s.client.conversations.items.list(id)).data
  assert.equal((await s.post({ model: 'm', input: items })).status, 200)
  for (const path of ['compact', 'input_tokens']) {
    const answer = await raw(s, 'POST', `/v1/responses/${path}`, { model: 'm', input: items })
    assert.equal(answer.status, 200, answer.text)
  }

  const lacks = (item: object) =>
    s.post({ model: 'm', input: [user, { role: 'user', content: [{ type: 'input_image' }], ...item }] })
  const param = 'input[1].content[0].image_url'
  for (const item of [{}, { id: 'msg_unknown' }])
    refused(await lacks(item), 400, `Missing required parameter: '${param}'.`, {
      param,
      code: 'missing_required_parameter',
    })
})

test('references to items that are not there are refused, however many they are', async () => {
  const input = Array.from({ length: 16_400 }, (_, at) => ({ type: 'item_reference', id: `msg_${at}` }))
  const answer = await s.post({ model: 'm', input })
  assert.equal(answer.status, 404, answer.text)
  assert.match(answer.text, /Item with id 'msg_0' not found/)
})
