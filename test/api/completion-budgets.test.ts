import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBudgetFixture, turnTokens } from '../budgets.ts'
import { executeSql, querySql, until } from '../runs.ts'
import { askAdmin } from '../team.ts'

const usage = { input: 1_000, output: 100 }
const messages = [{ role: 'user' as const, content: 'Hello' }]
/** Longer than what an answer without a maximum counts as at first. */
const longAnswer = Array.from({ length: 6_000 }, () => 'word')

test('chat completions side by side exceed a budget by no more than one of them', async () => {
  await using s = await createBudgetFixture({ script: () => ({ usage, text: ['Hel', 'lo.'], delayMs: 20 }) })
  await s.budget({ scope: 'project', threshold_tokens: 5_000 })
  const outcomes = await Promise.all(
    Array.from({ length: 40 }, (_, at) =>
      s.client.chat.completions
        .create({ model: 'priced', messages, max_completion_tokens: 1_200, ...(at % 2 === 0 && { n: 1 }) })
        .then(
          () => 'completed',
          (error: { code?: string }) => error.code,
        ),
    ),
  )
  assert.deepEqual(new Set(outcomes), new Set(['completed', 'insufficient_quota']))
  const used = outcomes.filter((one) => one === 'completed').length * turnTokens
  assert.ok(used >= 5_000 && used < 5_000 + turnTokens, `${used} tokens`)
  await until(async () => (await s.used()) === used)
  await until(async () => (await querySql(s, 'select 1 from completions_under_way')).length === 0)
  assert.deepEqual(await querySql(s, 'select 1 from budget_holds'), [])
  const told = () => s.facts.filter(({ message }) => message === 'a budget is used up and stops runs')
  await until(async () => told().length > 0)
  assert.equal(told().length, 1)
})

test('answers without a maximum grow, and no two of them exceed a budget together', async () => {
  const said = { input: 10, output: longAnswer.length }
  await using s = await createBudgetFixture({ script: () => ({ usage: said, text: longAnswer }) })
  // Room for the first 4,096 tokens of three answers, and for the whole of two.
  await s.budget({ scope: 'project', threshold_tokens: 13_000 })
  const stream = async () => {
    let text = ''
    for await (const chunk of await s.client.chat.completions.create({
      model: 'priced',
      messages,
      stream: true,
    }))
      text += chunk.choices[0]?.delta.content ?? ''
    return text.length === longAnswer.join('').length ? 'completed' : 'short'
  }
  const run = async () => (await s.run()).status as string
  const outcomes = await Promise.all(
    [stream, run, stream, run, stream].map((start) => start().catch((error: { code: string }) => error.code)),
  )
  assert.ok(outcomes.includes('completed'), String(outcomes))
  assert.ok(!outcomes.includes('short'), 'an answer that is broken off ends with an error')
  await until(async () => (await querySql(s, 'select 1 from completions_under_way')).length === 0)
  const used = await s.used()
  assert.ok(used >= 13_000 && used < 13_000 + longAnswer.length + 10, `${used} tokens`)
})

test('what a caller who leaves, or a lost server, has held is released', async () => {
  await using s = await createBudgetFixture({ script: () => ({ usage, text: 'Hello.', hang: true }) })
  await s.budget({ scope: 'project', threshold_tokens: 5_000 })
  const leaving = new AbortController()
  const asked = s.client.chat.completions.create({ model: 'priced', messages }, { signal: leaving.signal })
  await until(async () => (await querySql(s, 'select 1 from budget_holds')).length === 1)
  leaving.abort()
  await assert.rejects(asked)
  await until(async () => (await querySql(s, 'select 1 from budget_holds')).length === 0)

  // A server that was lost has left these rows, and nobody renews them.
  const soon = Date.now() + 500
  await executeSql(s, `insert into completions_under_way values ('chatcmpl-lost', 'default', 'key', ${soon})`)
  await executeSql(
    s,
    `insert into budget_holds (run_id, project, model, input_tokens, cached_tokens, output_tokens, reasoning_tokens, answered)
     values ('chatcmpl-lost', 'default', 'priced', 4999, 0, 0, 0, 0)`,
  )
  const waits = new AbortController()
  const next = s.client.chat.completions.create({ model: 'priced', messages }, { signal: waits.signal })
  await until(
    async () =>
      (await querySql(s, `select 1 from budget_holds where run_id <> 'chatcmpl-lost'`)).length === 1,
  )
  waits.abort()
  await assert.rejects(next)
})

test('chat completions count as runs where only so many are in progress at a time', async () => {
  let go = Promise.withResolvers<void>()
  await using s = await createBudgetFixture({
    script: async () => {
      await go.promise
      return { usage, text: 'Hello.' }
    },
  })
  await askAdmin(s, 'POST', '/projects/default/limits', { max_concurrent_runs: 2 })
  const ask = () => s.client.chat.completions.create({ model: 'priced', messages })
  const first = ask()
  const run = s.run()
  await until(async () => {
    const found = await querySql(s, 'select 1 from runs where lease_owner is not null')
    return found.length + (await querySql(s, 'select 1 from completions_under_way')).length === 2
  })
  await assert.rejects(ask(), {
    status: 429,
    code: 'rate_limit_exceeded',
    message: /concurrent runs: Limit 2, Used 2/,
  })
  go.resolve()
  await first
  assert.equal((await run).status, 'completed')
  go = Promise.withResolvers()
  go.resolve()
  await until(async () => (await ask().catch(() => undefined)) !== undefined)
  await askAdmin(s, 'POST', '/projects/default/limits', { max_concurrent_runs: null })
})
