import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { LanguageModelV4, LanguageModelV4StreamPart, SharedV4Warning } from '@ai-sdk/provider'
import { scripted } from '../../src/models/scripted.ts'
import { raw, refused } from '../raw.ts'
import { createResponsesFixture } from '../responses.ts'

const folder = mkdtempSync(join(tmpdir(), 'threadmill-strict-'))
let strict: Awaited<ReturnType<typeof createResponsesFixture>>
let forgiving: typeof strict
before(async () => {
  const config = join(folder, 'config.json')
  writeFileSync(config, JSON.stringify({ strict: 'openai' }))
  const hello = () => ({ reasoning: 'Hm.', text: 'Yes.' })
  strict = await createResponsesFixture(hello, { env: { THREADMILL_CONFIG: config } })
  forgiving = await createResponsesFixture(hello)
})
after(async () => {
  await strict[Symbol.asyncDispose]()
  await forgiving[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

const user = { role: 'user', content: 'Hi' }
const said = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Yes.' }] }
const thought = { type: 'reasoning', id: 'rs_1', summary: [] }
const call = { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}' }
const output = { type: 'function_call_output', call_id: 'call_1', output: 'x' }
const unknown = (param: string) => ({
  says: `Unknown parameter: '${param}'.`,
  param,
  code: 'unknown_parameter' as string | null,
})
const foreign = (id: string, prefix: string) => ({
  says: `Invalid 'input[0].id': '${id}'. Expected an ID that begins with '${prefix}'.`,
  param: 'input[0].id',
  code: 'invalid_value',
})
const longId = 'c'.repeat(65)
const twice = (what: string) => ({
  says: `Duplicate ${what} found with call_id call_1. Remove duplicate items from your input and try again.`,
  param: 'input',
  code: null,
})
/** Neither closed nor with all its properties required. */
const loose = { type: 'object', properties: { city: { type: 'string' } } }
const custom = { type: 'custom_tool_call', call_id: 'call_1', name: 'f', input: 'x' }
const cases: { given: object; says: string; param: string | null; code: string | null; status?: number }[] = [
  { given: { input: [{ ...thought, status: null }, said] }, ...unknown('input[0].status') },
  { given: { input: [{ ...thought, status: 'completed' }, said] }, ...unknown('input[0].status') },
  { given: { input: [user, { ...said, created_by: null }] }, ...unknown('input[1].created_by') },
  {
    given: { input: [{ ...call, parsed_arguments: null }, output] },
    ...unknown('input[0].parsed_arguments'),
  },
  {
    given: { input: [{ ...said, content: [{ type: 'output_text', text: 'Yes.', parsed: null }] }, user] },
    ...unknown('input[0].content[0].parsed'),
  },
  { given: { input: [{ ...said, id: 'item_1' }, user] }, ...foreign('item_1', 'msg') },
  { given: { input: [{ ...call, id: 'call_1' }, output] }, ...foreign('call_1', 'fc') },
  { given: { input: [{ ...thought, id: 'msg_1' }, said] }, ...foreign('msg_1', 'rs') },
  {
    given: {
      input: [
        { ...call, call_id: longId },
        { ...output, call_id: longId },
      ],
    },
    says: "Invalid 'input[0].call_id': string too long. Expected a string with maximum length 64, but got a string with length 65 instead.",
    param: 'input[0].call_id',
    code: 'string_above_max_length',
  },
  {
    given: { input: [thought, user] },
    says: "Item 'rs_1' of type 'reasoning' was provided without its required following item.",
    param: 'input',
    code: null,
  },
  {
    given: { input: [thought, said, user] },
    status: 404,
    says: "Item with id 'rs_1' not found. Items are not persisted when `store` is set to false. Try again with `store` set to true, or remove this item from your input.",
    param: 'input',
    code: null,
  },
  {
    given: { input: [{ ...thought, encrypted_content: 'gAAAAABplLMgr9pJ' }, said, user] },
    says: 'The encrypted content gAAA...r9pJ could not be verified. Reason: Encrypted content could not be decrypted or parsed.',
    param: null,
    code: 'invalid_encrypted_content',
  },
  { given: { input: [call, { ...call, name: 'g' }, output] }, ...twice('function call') },
  { given: { input: [call, { ...custom, name: 'g' }, output] }, ...twice('custom tool call') },
  { given: { input: [call, output, { ...output, output: 'y' }] }, ...twice('function call output') },
  {
    given: { input: 'Hi', tools: [{ type: 'function', name: 'f', parameters: loose, strict: true }] },
    says: "Invalid schema for function 'f': In context=(), 'additionalProperties' is required to be supplied and to be false.",
    param: 'tools[0].parameters',
    code: 'invalid_function_parameters',
  },
  {
    given: {
      input: 'Hi',
      text: {
        format: {
          type: 'json_schema',
          name: 'place',
          schema: { ...loose, additionalProperties: false },
          strict: true,
        },
      },
    },
    says: "Invalid schema for response_format 'place': In context=(), 'required' is required to be supplied and to be an array including every key in properties. Missing 'city'.",
    param: 'text.format.schema',
    code: 'invalid_json_schema',
  },
  {
    // The word counts in the input alone.
    given: { input: 'Hi', instructions: 'Answer in JSON.', text: { format: { type: 'json_object' } } },
    says: "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
    param: 'input',
    code: null,
  },
  {
    given: { input: 'Hi', background: true, store: false },
    says: "Unsupported parameter: 'background' requires 'store' to be true.",
    param: 'background',
    code: 'unsupported_parameter',
  },
]

test('what is forgiven is refused as the original did where the config says so', async (t) => {
  for (const { given, says, param, code, status = 400 } of cases)
    await t.test(says.slice(0, 80), async () => {
      refused(await strict.post({ model: 'm', ...given }), status, says, { param, code })
      const taken = await forgiving.post({ model: 'm', ...given })
      assert.equal(taken.status, 200, taken.text)
    })
})

test('what asks for no answer is held to the same, and an unknown model is refused in the words of the original alone', async () => {
  const ofInput = cases.filter(({ given }) => Object.keys(given).join() === 'input')
  assert.ok(ofInput.length > 10)
  for (const path of ['/v1/responses/compact', '/v1/responses/input_tokens']) {
    for (const { given, says, param, code, status = 400 } of ofInput) {
      refused(await raw(strict, 'POST', path, { model: 'm', ...given }), status, says, { param, code })
      const taken = await raw(forgiving, 'POST', path, { model: 'm', ...given })
      assert.equal(taken.status, 200, taken.text)
    }
    refused(
      await raw(strict, 'POST', path, { model: 'nobody-4.1', input: 'Hi' }),
      400,
      "The requested model 'nobody-4.1' does not exist.",
      { param: 'model', code: 'model_not_found' },
    )
  }
  refused(
    await strict.post({ model: 'nobody-4.1', input: 'Hi' }),
    400,
    "The requested model 'nobody-4.1' does not exist.",
    { param: 'model', code: 'model_not_found' },
  )
})

test('what the original took is taken all the same', async () => {
  const { json: first } = await strict.post({
    model: 'm',
    input: 'Hi',
    include: ['reasoning.encrypted_content'],
  })
  for (const output of [
    first.output,
    first.output.map(({ encrypted_content: _sealed, ...one }: Record<string, unknown>) => one),
  ]) {
    const answer = await strict.post({
      model: 'm',
      input: [user, ...output, { role: 'user', content: 'Go on' }],
    })
    assert.equal(answer.status, 200, answer.text)
  }
  const references = first.output.map(({ id }: { id: string }) => ({ type: 'item_reference', id }))
  const answer = await strict.post({ model: 'm', input: [...references, user] })
  assert.equal(answer.status, 200, answer.text)
})

test('an item that is named again is taken once, and refused as the original did', async () => {
  for (const server of [strict, forgiving]) {
    const { json: first } = await server.post({ model: 'm', input: 'Hi' })
    const [{ id }] = first.output
    const reference = { type: 'item_reference', id }
    const answer = await server.post({ model: 'm', input: [reference, reference, user] })
    const says = `Duplicate item found with id ${id}. Remove duplicate items from your input and try again.`
    if (server === strict) refused(answer, 400, says, { param: 'input', code: null })
    else {
      assert.equal(answer.status, 200, answer.text)
      const { json: items } = await raw(server, 'GET', `/v1/responses/${answer.json.id}/input_items`)
      assert.equal(items.data.length, 2)
    }
  }
})

test('a word that was said before, and schemas that need not be strict, are taken', async () => {
  const text = { format: { type: 'json_object' } }
  const { json: first } = await strict.post({ model: 'm', input: 'As JSON, please' })
  const { json: second } = await strict.post({ model: 'm', previous_response_id: first.id, input: 'Hi' })
  const tools = [{ type: 'function', name: 'f', parameters: loose }]
  for (const given of [
    { input: [{ role: 'developer', content: 'In Json.' }, user], text },
    { previous_response_id: second.id, input: 'Again', text },
    { input: 'Hi', tools },
    { input: 'Hi', text: { format: { type: 'json_schema', name: 'place', schema: loose } } },
  ]) {
    const answer = await strict.post({ model: 'm', ...given })
    assert.equal(answer.status, 200, answer.text)
  }
})

test('a type of item that objects of this language have is no type of item', async () => {
  for (const type of ['constructor', '__proto__', 'toString']) {
    const { status, json } = await strict.post({ model: 'm', input: [{ type }] })
    assert.deepEqual([status, json.error.code], [400, 'invalid_value'], type)
  }
})

test('items of a conversation are held to the same', async () => {
  const items = [{ ...said, id: 'item_1' }]
  const create = (s: typeof strict) => raw(s, 'POST', '/v1/conversations', { items })
  refused(
    await create(strict),
    400,
    "Invalid 'items[0].id': 'item_1'. Expected an ID that begins with 'msg'.",
    {
      param: 'items[0].id',
      code: 'invalid_value',
    },
  )
  assert.equal((await create(forgiving)).status, 200)
})

test('what a model leaves out of a request ends a run and a response, and is logged where it is forgiven', async () => {
  const model = scripted(() => ({ text: 'Yes.' }))
  const warned: LanguageModelV4 = {
    ...model,
    async doStream(options) {
      const { stream, ...rest } = await model.doStream(options)
      const warnings: SharedV4Warning[] = [
        { type: 'unsupported', feature: 'topK' },
        { type: 'unsupported', feature: 'topP' },
      ]
      const start = new TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart>({
        transform: (part, to) => to.enqueue(part.type === 'stream-start' ? { ...part, warnings } : part),
      })
      return { ...rest, stream: stream.pipeThrough(start) }
    },
  }
  const error = {
    code: 'invalid_prompt',
    message: "Unsupported parameter: 'top_p' is not supported with this model.",
  }
  const lines: unknown[][] = []
  const log = (...line: unknown[]) => void lines.push(line)
  const env = { THREADMILL_CONFIG: join(folder, 'config.json') }
  for (const [isStrict, s] of [
    [true, await createResponsesFixture(warned, { env })],
    [false, await createResponsesFixture(warned, { log })],
  ] as const) {
    await using _closed = s
    const expected = isStrict ? ['failed', error] : ['completed', null]
    const { json } = await s.post({ model: 'm', input: 'Hi', top_p: 0.5 })
    assert.deepEqual([json.status, json.error], expected)
    const { id: assistant_id } = await s.client.beta.assistants.create({ model: 'm', top_p: 0.5 })
    const thread = { messages: [{ role: 'user' as const, content: 'Hi' }] }
    const run = await s.client.beta.threads.createAndRunPoll({ assistant_id, thread })
    assert.deepEqual([run.status, run.last_error], expected)
  }
  assert.deepEqual(
    lines.filter(([, event]) => String(event).startsWith('a parameter is left out')),
    [['warn', 'a parameter is left out, which the model does not take', { model: 'm', parameter: 'top_p' }]],
  )
})

test('a tier of service is refused of a provider that is not told of it', async () => {
  const says = "Unsupported parameter: 'service_tier' is not supported with this model."
  const lab = { type: 'openai-compatible', base_url: 'http://127.0.0.1:9/v1', models: ['x'] }
  const told = { ...lab, caller_parameters: true }
  const config = join(folder, 'tiers.json')
  writeFileSync(config, JSON.stringify({ strict: 'openai', providers: { lab, told } }))
  await using s = await createResponsesFixture(() => ({ text: 'Yes.' }), {
    env: { THREADMILL_CONFIG: config },
  })
  const ask = { model: 'lab/x', input: 'Hi', service_tier: 'flex', background: true }
  refused(await s.post(ask), 400, says, { param: 'service_tier' })
  for (const taken of [
    { ...ask, service_tier: 'default' },
    { ...ask, model: 'told/x' },
  ]) {
    const { json } = await s.post(taken)
    assert.equal(json.status, 'queued')
    await s.responses.cancel(json.id)
  }
})
