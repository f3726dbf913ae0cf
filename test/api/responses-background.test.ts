import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { raw, refused } from '../raw.ts'
import { assertNumbered, createResponsesFixture, shortOrder } from '../responses.ts'
import { executeSql, parseEvents, until } from '../runs.ts'
import { finished, said, spoken } from '../spoken-model.ts'

const hello = () => ({ text: ['Hello', ' there', '.'], delayMs: 5 })
const background = { model: 'm', input: 'Hi', background: true }

test('a response in the background is answered as queued, and polled to its end', async () => {
  await using s = await createResponsesFixture(hello)
  const { json: queued } = await s.post(background)
  assert.deepEqual(
    [queued.status, queued.background, queued.output, queued.usage, queued.service_tier],
    ['queued', true, [], null, 'auto'],
  )
  const over = await until(async () => {
    const found = await s.responses.retrieve(queued.id)
    return found.status === 'completed' && found
  })
  assert.equal(over.output_text, 'Hello there.')
})

test('a stream in the background says first that it is queued, and can be read again from any number', async () => {
  await using s = await createResponsesFixture(hello)
  const events = await s.stream({ input: 'Hi', background: true })
  assertNumbered(events)
  assert.deepEqual(shortOrder(events).slice(0, 4), [
    'created',
    'queued',
    'in_progress',
    'output_item.added(message)',
  ])
  const { id } = events[0]?.data.response
  for (const after of [undefined, 0, 4, 8, events.length - 1, 1_000]) {
    const from = after === undefined ? '' : `&starting_after=${after}`
    const again = await raw(s, 'GET', `/v1/responses/${id}?stream=true${from}`)
    assert.deepEqual(
      parseEvents(again.text),
      events.slice(after === undefined ? 0 : after + 1),
      `after ${after}`,
    )
  }
})

test('a stream that is read while it goes on has the same numbers as the first one', async () => {
  let goOn = () => {}
  const held = new Promise<void>((resolve) => (goOn = resolve))
  await using s = await createResponsesFixture(async () => {
    await held
    return { text: ['Hello', ' there.'] }
  })
  const first = await s.responses.create({ ...background, stream: true })
  const seen: unknown[] = []
  for await (const event of first) {
    seen.push(event)
    if (event.type === 'response.in_progress') break
  }
  const { id } = (seen[0] as { response: { id: string } }).response
  const rest = s.responses.retrieve(id, { stream: true, starting_after: 2 })
  goOn()
  const numbers: number[] = []
  for await (const event of await rest) numbers.push(event.sequence_number)
  assert.deepEqual(
    numbers,
    Array.from({ length: numbers.length }, (_, at) => at + 3),
  )
  assert.ok(numbers.length > 5)
})

test('whoever comes back to the newest event is shown what follows while the model speaks without a pause', async () => {
  const held = Promise.withResolvers<void>()
  let heard = false
  let words = 0
  const model = spoken(async function* () {
    yield* said('Once', held.promise)
    yield { type: 'text-start', id: 'u' }
    while (!heard && words++ < 2_000) {
      await pause(20)
      yield { type: 'text-delta', id: 'u', delta: ' and' }
    }
    yield { type: 'text-end', id: 'u' }
    yield* finished()
  })
  await using s = await createResponsesFixture(model)
  let [id, last] = ['', 0]
  for await (const event of await s.responses.create({ ...background, stream: true })) {
    if (event.type === 'response.created') id = event.response.id
    last = event.sequence_number
    if (event.type === 'response.output_text.delta') break
  }
  const rest = await s.responses.retrieve(id, { stream: true, starting_after: last })
  held.resolve()
  const numbers: number[] = []
  for await (const event of rest) {
    heard = true
    numbers.push(event.sequence_number)
  }
  assert.ok(words < 2_000, 'it was heard only after the end')
  assert.deepEqual(
    numbers,
    numbers.map((_, at) => last + 1 + at),
  )
})

test('a response that was not streamed in the background has no stream to read', async () => {
  await using s = await createResponsesFixture(hello)
  const foreground = await s.responses.create({ model: 'm', input: 'Hi' })
  const polled = await s.post(background)
  const why = 'This response cannot be streamed because it was not created with'
  refused(await raw(s, 'GET', `/v1/responses/${foreground.id}?stream=true`), 400, `${why} background=true.`, {
    param: 'stream',
  })
  refused(await raw(s, 'GET', `/v1/responses/${polled.json.id}?stream=true`), 400, `${why} stream=true.`, {
    param: 'stream',
  })
})

test('whoever goes on with a cancelled response is not asked for outputs of its calls', async () => {
  await using s = await createResponsesFixture((prompt) =>
    prompt.length === 1
      ? {
          toolCalls: [
            { name: 'f', arguments: {} },
            { name: 'f', arguments: '{"a":1}' },
          ],
          hang: true,
        }
      : { text: 'Well.' },
  )
  const tools = [{ type: 'function' as const, name: 'f', parameters: null, strict: false }]
  const events = await s.responses.create({ ...background, tools, stream: true })
  let id = ''
  for await (const event of events) {
    if (event.type === 'response.created') id = event.response.id
    if (event.type === 'response.output_item.done' && event.output_index === 0) await s.responses.cancel(id)
  }
  const { output } = await s.responses.retrieve(id)
  assert.deepEqual(output, [])
  const next = await s.responses.create({ model: 'm', input: 'Go on', previous_response_id: id })
  assert.equal(next.output_text, 'Well.')
})

test('a response in the background is cancelled, and stays so', async () => {
  await using s = await createResponsesFixture(() => ({ text: 'Hel', hang: true }))
  const events = await s.responses.create({ ...background, stream: true })
  let id = ''
  const names: string[] = []
  let last: { status?: string; output?: unknown[]; error?: unknown } = {}
  for await (const event of events) {
    names.push(event.type)
    if (event.type === 'response.created') id = event.response.id
    if (event.type === 'response.output_text.delta') await s.responses.cancel(id)
    if (event.type === 'response.failed') last = event.response
  }
  assert.equal(names.at(-1), 'response.failed')
  assert.deepEqual([last.status, last.output, last.error], ['cancelled', [], null])
  const again = await raw(s, 'POST', `/v1/responses/${id}/cancel`)
  assert.deepEqual(
    [again.status, again.json.status, again.json.completed_at, again.json.usage],
    [200, 'cancelled', null, null],
  )
  assert.deepEqual((await raw(s, 'GET', `/v1/responses/${id}`)).json, again.json)
})

test('only a response in the background that is not over can be cancelled', async () => {
  await using s = await createResponsesFixture(hello)
  const foreground = await s.responses.create({ model: 'm', input: 'Hi' })
  const events = await s.stream({ input: 'Hi', background: true })
  const cancel = (id: string) => raw(s, 'POST', `/v1/responses/${id}/cancel`)
  refused(await cancel(foreground.id), 400, 'Cannot cancel a synchronous response.')
  refused(await cancel(events[0]?.data.response.id), 400, 'Cannot cancel a completed response.')
})

test('a response in the foreground is readable while it is made, and is neither cancelled nor deleted', async () => {
  await using s = await createResponsesFixture(() => ({ text: 'Hel', hang: true }))
  const leave = new AbortController()
  const answer = await fetch(`${s.url}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${s.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', input: 'Hi', stream: true }),
    signal: leave.signal,
  })
  const begun = Buffer.from((await answer.body?.getReader().read())?.value ?? [])
  const id = /resp_\w+/.exec(begun.toString())?.[0] ?? ''
  assert.deepEqual((await s.responses.retrieve(id)).status, 'in_progress')
  refused(await raw(s, 'POST', `/v1/responses/${id}/cancel`), 400, 'Cannot cancel a synchronous response.')
  refused(await raw(s, 'DELETE', `/v1/responses/${id}`), 400, 'Cannot delete an in-flight response.')
  leave.abort()
})

test('a response that is being made is not deleted, and nothing goes on with it', async () => {
  await using s = await createResponsesFixture(() => ({ text: 'Hel', hang: true }))
  const { json } = await s.post(background)
  refused(await raw(s, 'DELETE', `/v1/responses/${json.id}`), 400, 'Cannot delete an in-flight response.')
  for (const path of ['', '/compact', '/input_tokens'])
    refused(
      await raw(s, 'POST', `/v1/responses${path}`, {
        model: 'm',
        input: 'Hi',
        previous_response_id: json.id,
      }),
      400,
      `Previous response with id '${json.id}' not found.`,
      { param: 'previous_response_id', code: 'previous_response_not_found' },
    )
  await s.responses.cancel(json.id)
  assert.equal((await raw(s, 'DELETE', `/v1/responses/${json.id}`)).status, 200)
})

test('a response in the background that is not stored is polled, streamed again and cancelled until it is deleted', async () => {
  await using s = await createResponsesFixture((prompt) =>
    JSON.stringify(prompt).includes('Wait') ? { text: 'Hel', hang: true } : { text: 'Hello.' },
  )
  const unstored = { ...background, store: false }
  const { json: queued } = await s.post(unstored)
  assert.deepEqual([queued.status, queued.store], ['queued', false])
  const over = await until(async () => {
    const found = await s.responses.retrieve(queued.id)
    return found.status === 'completed' && found
  })
  assert.equal(over.output_text, 'Hello.')
  const events = await s.stream(unstored)
  const { id } = events[0]?.data.response
  const again = await raw(s, 'GET', `/v1/responses/${id}?stream=true&starting_after=2`)
  assert.deepEqual(parseEvents(again.text), events.slice(3))
  const { json: waiting } = await s.post({ ...unstored, input: 'Wait' })
  assert.equal((await s.responses.cancel(waiting.id)).status, 'cancelled')
  const listed = (await raw(s, 'GET', '/v1/responses')).json.data
  assert.deepEqual(listed, [], 'it is kept for nobody else')
  const next = { model: 'm', input: 'And?', previous_response_id: id }
  assert.equal((await s.post(next)).json.error.code, 'previous_response_not_found')
  assert.equal((await raw(s, 'DELETE', `/v1/responses/${id}`)).status, 200)
  await executeSql(s, 'update runs set finished_at = finished_at - 601 where stored = 0')
  await until(async () => (await raw(s, 'GET', `/v1/responses/${queued.id}`)).status === 404)
})

test('what was not stored is deleted soon after its end', async () => {
  await using s = await createResponsesFixture(hello)
  await s.responses.create({ model: 'm', input: 'Hi', store: false })
  assert.equal(await executeSql(s, 'update runs set finished_at = finished_at - 601 where stored = 0'), 1)
  await until(async () => (await executeSql(s, 'update runs set blamed = 0 where stored = 0')) === 0)
})
