import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createResponsesFixture, shortOrder } from '../responses.ts'

/** A picture of one point. */
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const image_url = `data:image/png;base64,${png}`
const input = {
  actions: [
    { type: 'click', button: 'left', x: 1, y: 2 },
    { type: 'scroll', x: 1, y: 2, scrollX: 0, scrollY: 3 },
  ],
  pendingSafetyChecks: [{ id: 'cu_sc_1', code: 'malicious_instructions', message: 'Look first.' }],
  status: 'completed',
}
const actions = [
  { type: 'click', button: 'left', x: 1, y: 2 },
  { type: 'scroll', x: 1, y: 2, scroll_x: 0, scroll_y: 3 },
]
const checks = [{ id: 'cu_sc_1', code: 'malicious_instructions', message: 'Look first.' }]

/** The model looks at the computer until it has seen the screen. */
const s = await createResponsesFixture((prompt) =>
  prompt.some(({ role }) => role === 'tool' || role === 'assistant')
    ? { text: 'I see.' }
    : { toolCalls: [{ name: 'computer', arguments: input }] },
)
after(() => s[Symbol.asyncDispose]())
const tools = [{ type: 'computer' as const }]
const output = { type: 'computer_screenshot' as const, image_url }
const answerTo = (call_id: string, more: object = {}) => ({
  type: 'computer_call_output' as const,
  call_id,
  acknowledged_safety_checks: checks,
  output,
  ...more,
})

interface Part {
  type: string
  toolName?: string
  input?: unknown
  output?: unknown
}
const partsOf = (role: string) =>
  (s.model.calls.at(-1)?.prompt ?? []).flatMap((message) =>
    message.role === role ? (message.content as unknown as Part[]) : [],
  )

async function looks() {
  const response = await s.responses.create({ model: 'm', input: 'Look', tools })
  const [call] = response.output
  assert.ok(call?.type === 'computer_call')
  return { response, call }
}

test('a call of the computer is an item that the caller answers, and ends the response', async () => {
  const events = await s.stream({ input: 'Look', tools })
  assert.deepEqual(shortOrder(events).slice(2), [
    'output_item.added(computer_call)',
    'output_item.done(computer_call)',
    'completed',
  ])
  const { id, call_id, ...item } = events[3]?.data.item ?? {}
  assert.deepEqual([id.slice(0, 3), call_id.slice(0, 5)], ['cu_', 'call_'])
  assert.deepEqual(item, {
    type: 'computer_call',
    status: 'completed',
    actions,
    pending_safety_checks: checks,
  })
  assert.deepEqual(events.at(-1)?.data.response.output, [{ id, call_id, ...item }])
})

test('a screenshot goes to the provider in the form of its tool, and elsewhere as a picture of the user', async () => {
  const { response, call } = await looks()
  const next = { model: 'm', previous_response_id: response.id, input: [answerTo(call.call_id)] }
  const seen = await s.responses.create({ ...next, tools })
  assert.equal(seen.output_text, 'I see.')
  const acknowledgedSafetyChecks = checks
  assert.deepEqual(
    partsOf('assistant').map(({ toolName, input: given }) => [toolName, given]),
    [['computer', input]],
  )
  assert.deepEqual(
    partsOf('tool').map((part) => part.output),
    [
      {
        type: 'json',
        value: { output: { type: 'computer_screenshot', imageUrl: image_url }, acknowledgedSafetyChecks },
      },
    ],
  )
  assert.deepEqual(
    partsOf('user').map(({ type }) => type),
    ['text'],
  )
  await s.responses.create({ ...next, tools: [] })
  assert.deepEqual(
    partsOf('tool').map((part) => part.output),
    [{ type: 'text', value: '[screenshot, shown after this]' }],
  )
  assert.deepEqual(
    partsOf('user').map(({ type }) => type),
    ['text', 'file'],
  )
})

test('a screenshot is shown without its address unless that is asked for, and taken back as it is shown', async () => {
  const { response, call } = await looks()
  const item = answerTo(call.call_id)
  const next = await s.responses.create({
    model: 'm',
    previous_response_id: response.id,
    input: [item],
    tools,
  })
  const include = ['computer_call_output.output.image_url' as const]
  const listed = (await s.responses.inputItems.list(next.id)).data.find(({ type }) => type === item.type)
  const { id = '', ...shown } = listed ?? {}
  assert.match(id, /^cuo_/)
  assert.deepEqual(shown, { ...item, status: 'completed', output: { type: 'computer_screenshot' } })
  const whole = (await s.responses.inputItems.list(next.id, { include })).data
  assert.deepEqual('output' in whole[0]! && whole[0].output, output)
  const again = [{ role: 'user', content: 'Look' }, ...response.output, listed]
  const answer = await s.post({ model: 'm', input: again, tools })
  assert.equal(answer.status, 200, answer.text)
  assert.ok(JSON.stringify(partsOf('tool')).includes(png))
})

test('a screenshot may be a File, and what is no picture is refused', async () => {
  const { response, call } = await looks()
  const file = new File([Buffer.from(png, 'base64')], 'screen.png')
  const { id: file_id } = await s.client.files.create({ file, purpose: 'vision' })
  const params = { model: 'm', previous_response_id: response.id, tools }
  const screenshot = { type: 'computer_screenshot' as const, file_id }
  await s.responses.create({ ...params, input: [answerTo(call.call_id, { output: screenshot })] })
  assert.ok(JSON.stringify(partsOf('tool')).includes(png))
  const refusals: [object, string | null][] = [
    [{ output: { type: 'computer_screenshot' } }, 'input[0].output.image_url'],
    [{ output: { type: 'computer_screenshot', image_url: 'data:image/png;base64,aGk=' } }, 'input'],
    [{ output: 'done' }, 'input[0].output'],
    [{ call_id: 'call_x' }, 'input'],
  ]
  for (const [more, param] of refusals) {
    const { status, json } = await s.post({ ...params, input: [answerTo(call.call_id, more)] })
    assert.deepEqual([status, json.error?.param], [400, param], JSON.stringify(more))
  }
})

test('a call of the computer waits for its answer, in chains and in conversations', async () => {
  const { response } = await looks()
  const open = await s.post({ model: 'm', previous_response_id: response.id, input: 'Go on', tools })
  assert.deepEqual(
    [open.status, open.json.error.message.slice(0, 43)],
    [400, 'No tool output found for computer call call'],
  )
  const { id } = await s.client.conversations.create()
  const params = { model: 'm', conversation: id, tools }
  const asked = await s.responses.create({ ...params, input: 'Look' })
  const [call] = asked.output
  assert.ok(call?.type === 'computer_call')
  await s.responses.create({ ...params, input: [answerTo(call.call_id)] })
  const items = await s.client.conversations.items.list(id, { order: 'asc' })
  assert.deepEqual(
    items.data.map(({ type }) => type),
    ['message', 'computer_call', 'computer_call_output', 'message'],
  )
})

test('calls of the computer that are sent back may have one action, as the older tool has', async () => {
  const call = {
    type: 'computer_call',
    id: 'cu_1',
    call_id: 'call_1',
    action: { type: 'screenshot' },
    pending_safety_checks: [],
    status: 'completed',
  }
  const answer = await s.post({
    model: 'm',
    input: [
      { role: 'user', content: 'Look' },
      call,
      { ...answerTo('call_1'), acknowledged_safety_checks: null },
    ],
    tools,
  })
  assert.equal(answer.status, 200, answer.text)
  assert.deepEqual(
    partsOf('assistant').map(({ input: given }) => given),
    [{ actions: [{ type: 'screenshot' }], pendingSafetyChecks: [], status: 'completed' }],
  )
})

test('of many screenshots the newest are sent, and a blank one answers each call before them', async () => {
  const many = Array.from({ length: 10 }, (_, at) => `call_${at}`)
  const items = many.flatMap((call_id) => [
    { type: 'computer_call' as const, id: `cu_${call_id}`, call_id, actions, pending_safety_checks: [] },
    { type: 'computer_call_output' as const, call_id, output },
  ])
  const body = { model: 'm', input: [{ role: 'user', content: 'Look' }, ...items] }
  assert.equal((await s.post({ ...body, tools })).status, 200)
  const urls = partsOf('tool').map((part) => {
    const { value } = part.output as { value: { output: { type: string; imageUrl: string } } }
    assert.equal(value.output.type, 'computer_screenshot')
    return value.output.imageUrl
  })
  assert.deepEqual(
    urls.map((url) => url === image_url),
    many.map((_, at) => at >= 2),
  )
  assert.match(urls[0] ?? '', /^data:image\/png;base64,/)
  assert.equal((await s.post(body)).status, 200)
  const [old, recent] = [
    '[screenshot before the newest ones, not shown again]',
    '[screenshot, shown after this]',
  ]
  assert.deepEqual(
    partsOf('tool').map((part) => (part.output as { value: string }).value),
    many.map((_, at) => (at < 2 ? old : recent)),
  )
  assert.equal(partsOf('user').filter(({ type }) => type === 'file').length, 8)
})
