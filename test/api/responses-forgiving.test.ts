import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createResponsesFixture } from '../responses.ts'

let s: Awaited<ReturnType<typeof createResponsesFixture>>
before(async () => {
  s = await createResponsesFixture(() => ({ text: 'Yes.' }))
})
after(() => s[Symbol.asyncDispose]())

const call = (name: string, call_id: string) => ({ type: 'function_call', call_id, name, arguments: '{}' })
const output = (call_id: string, text: string) => ({ type: 'function_call_output', call_id, output: text })
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
