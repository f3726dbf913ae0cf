import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI from 'openai'
import { scripted } from '../../src/models/scripted.ts'
import { turnTokens } from '../budgets.ts'
import { until } from '../runs.ts'
import { startReplicas } from './replicas.ts'

test('runs side by side on two servers exceed a budget by no more than one turn, and it is told of once', async () => {
  const usage = { input: 1_000, output: 100 }
  const look = { name: 'look', arguments: {} }
  // Half of the runs need two turns.
  const script = (prompt: unknown[]) => {
    const said = JSON.stringify(prompt)
    const calls = said.includes('look twice') && !said.includes('"tool-result"')
    return calls ? { usage, toolCalls: [look], delayMs: 20 } : { usage, text: ['Do', 'ne.'], delayMs: 20 }
  }
  const facts: string[] = []
  const log = (_level: string, fact: string) => void facts.push(fact)
  await using s = await startReplicas({ m: scripted(script) }, {}, log)
  const [adminKey = ''] = [s.one, s.other].map(({ server }) => server.adminKey).filter((key) => key !== '')
  const clients = [s.one, s.other].map(
    ({ url, apiKey }) => new OpenAI({ baseURL: `${url}/v1`, apiKey, adminAPIKey: adminKey, maxRetries: 0 }),
  )
  const [one] = clients
  assert.ok(one)
  const limit = 10_000
  for (const [action, threshold_tokens] of [
    ['stop', limit],
    ['alert', 3_000],
  ])
    await one.post('/organization/projects/default/budgets', {
      body: { scope: 'project', action, threshold_tokens },
      headers: { authorization: `Bearer ${adminKey}` },
    })
  const assistant = await one.beta.assistants.create({
    model: 'm',
    tools: [{ type: 'function', function: { name: 'look' } }],
  })
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, at) => work(clients[at % 2] as OpenAI, assistant.id, at)),
  )
  const page = await one.admin.organization.usage.completions({
    start_time: Math.floor(Date.now() / 1_000) - 3_600,
  })
  const results = page.data.flatMap((bucket) => bucket.results) as {
    input_tokens: number
    output_tokens: number
  }[]
  const used = results.reduce((sum, { input_tokens, output_tokens }) => sum + input_tokens + output_tokens, 0)
  assert.ok(used >= limit && used < limit + turnTokens, `${used} tokens`)
  assert.ok(outcomes.includes('insufficient_quota') || outcomes.includes('rate_limit_exceeded'))
  const told = () => facts.filter((fact) => fact === 'a budget is used up')
  await until(async () => told().length > 0)
  assert.equal(told().length, 1)
})

/** Works on a run to its end. Returns how it ended: its status, or the code of its error. */
async function work(client: OpenAI, assistant_id: string, at: number): Promise<string> {
  const content = at % 2 === 0 ? 'look twice' : 'Hello'
  const { threads } = client.beta
  try {
    let run = await threads.createAndRunPoll(
      { assistant_id, max_completion_tokens: 1_200, thread: { messages: [{ role: 'user', content }] } },
      { pollIntervalMs: 50 },
    )
    while (run.status === 'requires_action') {
      const calls = run.required_action?.submit_tool_outputs.tool_calls ?? []
      run = await threads.runs.submitToolOutputsAndPoll(
        run.id,
        {
          thread_id: run.thread_id,
          tool_outputs: calls.map(({ id }) => ({ tool_call_id: id, output: 'seen' })),
        },
        { pollIntervalMs: 50 },
      )
    }
    return run.last_error?.code ?? run.status
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}
