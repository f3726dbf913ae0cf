import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import type { ContinuedCall } from '../../src/models/continuation.ts'
import { tokenUsage } from '../../src/models/stream-parts.ts'
import { createBudgetFixture } from '../budgets.ts'
import { begin, connect, steer } from '../response-socket.ts'
import { createResponsesFixture } from '../responses.ts'
import { until } from '../runs.ts'
import type { TestServer } from '../server.ts'
import { finished, said, spoken, thought } from '../spoken-model.ts'
import { adminOf, askAdmin } from '../team.ts'
import { ofType, readSpans } from '../timelines.ts'

/** What a model does between two requests for one answer. */
const pause = (call: LanguageModelV4CallOptions, input: number, output: number) =>
  (call as ContinuedCall).beforeContinuation?.(tokenUsage(input, output), call.abortSignal)

test('what an answer has used before a pause counts while it waits to go on', async () => {
  const { promise: waits, resolve: goOn } = Promise.withResolvers<void>()
  const asked: string[] = []
  const model = spoken(async function* (call) {
    const name = /I am (\w+)/.exec(JSON.stringify(call.prompt))?.[1] ?? ''
    asked.push(name)
    if (name === 'long') await waits
    yield* said('Hello.')
    if (name === 'paused') {
      await until(async () => asked.includes('long'))
      await pause(call, 2_000, 100)
    }
    yield { ...(await finished().next()).value, usage: tokenUsage(7_900, 100) }
  })
  await using s = await createBudgetFixture({ script: model })
  await s.budget({ scope: 'project', threshold_tokens: 10_000 })
  const begin = (name: string, max_completion_tokens: number) =>
    s.client.beta.threads.createAndRun({
      assistant_id: s.assistant.id,
      thread: { messages: [{ role: 'user', content: `I am ${name}.` }] },
      max_completion_tokens,
    })
  type Begun = Awaited<ReturnType<typeof begin>>
  const end = ({ id, thread_id }: Begun) =>
    s.client.beta.threads.runs.poll(id, { thread_id }, { pollIntervalMs: 20 })
  const isWaiting = async (run: Begun) => ofType(await readSpans(s.client, run), 'retry').length > 0
  const paused = await begin('paused', 500)
  await until(async () => asked.includes('paused'))
  const long = await begin('long', 7_500)
  await until(() => isWaiting(paused))
  // There would be room for it, were nothing used yet.
  const next = await begin('next', 1_500)
  await until(async () => asked.includes('next') || (await isWaiting(next)))
  goOn()
  const [one, other, last] = await Promise.all([paused, long, next].map(end))
  assert.deepEqual(asked, ['paused', 'long'])
  assert.deepEqual([one?.status, other?.status, last?.status], ['failed', 'completed', 'failed'])
  assert.match(one?.last_error?.message ?? '', /has used 10,100 tokens/)
  assert.equal(await s.used(), 10_100)
})

/** What was used on a server so far, and in how many requests to models. */
async function countedOn(s: TestServer) {
  const { data } = await adminOf(s).admin.organization.usage.completions({
    start_time: Math.floor(Date.now() / 1_000) - 3_600,
  })
  const [{ input_tokens, output_tokens, num_model_requests } = {}] = data.flatMap(
    ({ results }) => results,
  ) as {
    input_tokens?: number
    output_tokens?: number
    num_model_requests?: number
  }[]
  return { input_tokens, output_tokens, num_model_requests }
}

test('an answer that is cut after a pause is estimated from what was said since', async () => {
  const model = spoken(async function* (call) {
    yield* said('Words. '.repeat(100))
    await pause(call, 2_000, 175)
    yield { type: 'text-start', id: 'after' }
    yield { type: 'text-delta', id: 'after', delta: 'x'.repeat(2_000) }
    yield* finished()
  })
  await using s = await createResponsesFixture(model, { env: { THREADMILL_MAX_ANSWER_BYTES: '1100' } })
  const { status, usage } = await s.responses.create({ model: 'm', input: 'Hi' })
  assert.equal(status, 'incomplete')
  // The second request is sent the first one and its answer, and says 400 bytes.
  assert.deepEqual([usage?.input_tokens, usage?.output_tokens], [2_000 + 2_175, 175 + 100])
  assert.deepEqual(await countedOn(s), { input_tokens: 4_175, output_tokens: 275, num_model_requests: 2 })
})

test('an answer that ends while it waits to go on has used what it had used before, and was asked for no more', async () => {
  const { promise: waiting, resolve: waits } = Promise.withResolvers<void>()
  const model = spoken(async function* (call, index) {
    if (index === 0) {
      yield* thought('Long or short?')
      const paused = pause(call, 2_000, 100)
      waits()
      await paused
    }
    yield* said('Brief.')
    yield* finished()
  })
  await using s = await createResponsesFixture(model)
  await askAdmin(s, 'POST', '/projects/default/limits', { max_tokens_per_1_minute: 3_000 })
  await using connection = await connect(s)
  const { id } = await begin(connection, {})
  await waiting
  await steer(connection, id)
  await connection.upTo('response.completed')
  const { status, usage } = await s.responses.retrieve(id)
  assert.equal(status, 'incomplete')
  assert.deepEqual([usage?.input_tokens, usage?.output_tokens], [2_000, 100])
  assert.deepEqual(await countedOn(s), { input_tokens: 2_022, output_tokens: 118, num_model_requests: 2 })
})
