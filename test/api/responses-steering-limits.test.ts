import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createBudgetFixture } from '../budgets.ts'
import { begin, connect, steer } from '../response-socket.ts'
import { createResponsesFixture } from '../responses.ts'
import { called, finished, said, spoken } from '../spoken-model.ts'
import { askAdmin } from '../team.ts'

test('what was said is given back where the budget lets no other response answer it', async () => {
  const { promise: heard, resolve: hear } = Promise.withResolvers<void>()
  const script = spoken(async function* () {
    yield* said('One', heard)
    yield* finished()
  })
  await using s = await createBudgetFixture({ script })
  await using connection = await connect(s)
  await s.budget({ scope: 'project', threshold_tokens: 1 })
  const { id } = await begin(connection, { model: 'priced' }, 'response.output_text.delta')
  assert.equal((await steer(connection, id)).at(-1)?.type, 'response.steer.accepted')
  hear()
  const frames = await connection.upTo('response.steer.failed')
  assert.ok(frames.some(({ type }) => type === 'response.completed' || type === 'response.incomplete'))
  const { error, steer: given } = frames.at(-1) ?? {}
  assert.equal(error.code, 'successor_creation_failed')
  assert.match(error.message, /^You exceeded your current quota/)
  assert.deepEqual([given.previous_response_id, given.input], [id, 'Be brief.'])
  connection.send({ type: 'response.create', model: 'priced', input: 'Hi' })
  assert.equal((await connection.upTo('error')).at(-1)?.['status'], 429)
})

test('all that was said is given back where a limit per minute refuses another response', async () => {
  const { promise: heard, resolve: hear } = Promise.withResolvers<void>()
  const model = spoken(async function* (_call, index) {
    yield* said('One', index === 0 ? heard : undefined)
    yield* finished()
  })
  await using s = await createResponsesFixture(model)
  const limit = (max_requests_per_1_minute: number | null) =>
    askAdmin(s, 'POST', '/projects/default/limits', { max_requests_per_1_minute })
  await using connection = await connect(s)
  const { id } = await begin(connection, {}, 'response.output_text.delta')
  const accepted = []
  for (const input of ['First.', 'Second.'])
    accepted.push({ ...(await steer(connection, id, input)).at(-1)?.['steer'], input })
  await limit(1)
  assert.equal((await s.post({ model: 'm', input: 'Hi' })).status, 200)
  hear()
  const failed = [
    ...(await connection.upTo('response.steer.failed')).slice(-1),
    ...(await connection.upTo('response.steer.failed')),
  ]
  assert.deepEqual(
    failed.map((frame) => frame['steer']),
    accepted,
  )
  for (const { error } of failed) {
    assert.equal(error.code, 'successor_creation_failed')
    assert.match(
      error.message,
      /^Rate limit reached for .+ on requests per min \(RPM\): Limit 1, Used 1, Requested 1\. Please try again in \d/,
    )
  }
  await limit(null)
  const next = await connection.create({ previous_response_id: id, input: 'First. Second.' })
  assert.equal(next.at(-1)?.['type'], 'response.completed')
})

test('all that waits is given back when the server closes', async () => {
  await using files = createServer()
  await once(files.listen(0, '127.0.0.1'), 'listening')
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(() => files.closeAllConnections())
  const { promise: heard, resolve: hear } = Promise.withResolvers<void>()
  const model = spoken(async function* (call) {
    if (call.tools) yield* called('look')
    else yield* said('One', JSON.stringify(call.prompt).includes('Wait') ? new Promise(() => {}) : heard)
    yield* finished(call.tools ? 'tool-calls' : 'stop')
  })
  const env = { THREADMILL_PRIVATE_HOSTS: '127.0.0.1' }
  await using s = await createResponsesFixture(model, { env })
  await using connection = await connect(s)
  const accepted: unknown[] = []
  const say = async (id: string, input: unknown) =>
    accepted.push({ ...(await steer(connection, id, input)).at(-1)?.['steer'], input })
  // It waits for what the caller has to answer.
  const tools = [{ type: 'function', name: 'look', parameters: {} }]
  const calls = await begin(connection, { tools, stream_id: 'calls' }, 'response.completed')
  await say(calls.id, 'First.')
  // It waits for the end of the response.
  const going = await begin(connection, { input: 'Wait', stream_id: 'waits' }, 'response.output_text.delta')
  await say(going.id, 'Second.')
  await say(going.id, 'Third.')
  // It waits for another response, whose file does not come.
  const file_url = `http://127.0.0.1:${(files.address() as AddressInfo).port}/notes.txt`
  const asked = once(files, 'request')
  const over = await begin(connection, { input: 'Slow', stream_id: 'over' }, 'response.output_text.delta')
  const content = [{ type: 'input_file', file_url }]
  await say(over.id, [{ role: 'user', content }])
  hear()
  await asked

  const closed = once(connection.socket, 'close')
  await s.server.close()
  const frames = await connection.upTo('error')
  assert.equal(frames.at(-1)?.['error'].code, 'server_closes')
  const failed = frames.filter(({ type }) => type === 'response.steer.failed')
  const inOrder = (steers: unknown[]) => steers.map((one) => JSON.stringify(one)).toSorted()
  assert.deepEqual(inOrder(failed.map((frame) => frame['steer'])), inOrder(accepted))
  for (const { error } of failed) {
    assert.equal(error.code, 'successor_creation_failed')
    assert.match(error.message, /^The server closes/)
  }
  assert.equal((await closed)[0], 1001)
})
