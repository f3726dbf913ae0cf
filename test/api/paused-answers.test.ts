import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import type { ContinuedCall } from '../../src/models/continuation.ts'
import { tokenUsage } from '../../src/models/stream-parts.ts'
import { createBudgetFixture } from '../budgets.ts'
import { until } from '../runs.ts'
import { finished, said, spoken } from '../spoken-model.ts'
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
