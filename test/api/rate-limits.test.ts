import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import OpenAI from 'openai'
import { scripted } from '../../src/models/scripted.ts'
import { raw } from '../raw.ts'
import { until } from '../runs.ts'
import { startTestServer, type TestServer } from '../server.ts'
import { adminOf, askAdmin, newProject } from '../team.ts'

let server: TestServer
let admin: OpenAI

before(async () => {
  const models = {
    quick: scripted(() => ({ text: 'Hello.' })),
    other: scripted(() => ({ text: 'Hello.' })),
    wordy: scripted(() => ({ text: 'word '.repeat(1_000) })),
    asking: scripted((prompt) =>
      prompt.some(({ role }) => role === 'tool')
        ? { text: 'Thank you.' }
        : { text: 'word '.repeat(1_000), toolCalls: [{ name: 'look', arguments: {} }] },
    ),
  }
  server = await startTestServer({ models })
  admin = adminOf(server)
})
after(() => server[Symbol.asyncDispose]())

/** A project with rate limits for its models. */
async function limited(
  limits: Record<string, Partial<OpenAI.Admin.Organization.Projects.RateLimitUpdateRateLimitParams>>,
) {
  const team = await newProject(server)
  for (const [model, limit] of Object.entries(limits)) await change(team.project.id, model, limit)
  const { client, key } = team
  const assistants = new Map<string, string>()
  return {
    ...team,
    /** The key as a caller of `raw`. */
    caller: { url: server.url, apiKey: key.value },
    async run(model: string, more: object = {}) {
      const assistant =
        assistants.get(model) ?? (await client.beta.assistants.create({ model, instructions: 'x' })).id
      assistants.set(model, assistant)
      const body = { assistant_id: assistant, thread: {}, ...more }
      return raw({ url: server.url, apiKey: key.value }, 'POST', '/v1/threads/runs', body)
    },
  }
}

const change = (project_id: string, model: string, limit: object) =>
  admin.admin.organization.projects.rateLimits.updateRateLimit(`rl-${model}`, { project_id, ...limit })

const setLimits = (path: string, limits: object) => askAdmin(server, 'POST', path, limits)

test('runs beyond the requests a minute of their model are refused in the words of the original', async () => {
  const team = await limited({ quick: { max_requests_per_1_minute: 2 } })
  const began = performance.now()
  /** One comes back every 30 seconds, of which some have passed since the first request. */
  const inTime = (ms: number) => ms <= 30_000 && ms >= 30_000 - Math.ceil(performance.now() - began)
  const first = await team.run('quick')
  assert.equal(first.status, 200, first.text)
  assert.equal(first.headers.get('x-ratelimit-limit-requests'), '2')
  assert.equal(first.headers.get('x-ratelimit-remaining-requests'), '1')
  const [, reset = ''] = /^([\d.]+)s$/.exec(first.headers.get('x-ratelimit-reset-requests') ?? '') ?? []
  assert.ok(inTime(Number(reset) * 1_000), reset)
  assert.equal(first.headers.get('x-ratelimit-limit-tokens'), null)
  assert.equal((await team.run('quick')).status, 200)
  const refused = await team.run('quick')
  assert.equal(refused.status, 429)
  const { error } = refused.json
  assert.match(
    error.message,
    new RegExp(
      `^Rate limit reached for quick in project ${team.project.id} on requests per min \\(RPM\\): Limit 2, Used 2, Requested 1\\. Please try again in ([\\d.]+)s\\. Whoever administers this server can change the limit\\.$`,
    ),
  )
  assert.deepEqual(
    { ...error, message: '' },
    {
      message: '',
      type: 'requests',
      param: null,
      code: 'rate_limit_exceeded',
    },
  )
  const ms = Number(refused.headers.get('retry-after-ms'))
  assert.ok(inTime(ms), String(ms))
  assert.equal(refused.headers.get('retry-after'), String(Math.ceil(ms / 1_000)))
  const [, seconds = ''] = /try again in ([\d.]+)s/.exec(error.message) ?? []
  assert.ok(inTime(Number(seconds) * 1_000), seconds)
  assert.equal(refused.headers.get('x-ratelimit-remaining-requests'), '0')
  assert.match(refused.headers.get('access-control-expose-headers') ?? '', /x-ratelimit-remaining-requests/)
  assert.equal((await team.run('other')).status, 200, 'another model has its own limit')
  const elsewhere = await limited({ quick: { max_requests_per_1_minute: 1 } })
  assert.equal((await elsewhere.run('quick')).status, 200, 'and so has another project')
})

test('the official client raises its own error, and tries again by itself', async () => {
  const team = await limited({ quick: { max_requests_per_1_minute: 60 } })
  const once = await team.client.beta.assistants.create({ model: 'quick', instructions: 'x' })
  const body = { assistant_id: once.id, thread: {} }
  const start = (client: OpenAI) => client.beta.threads.createAndRun(body)
  await Promise.allSettled(Array.from({ length: 62 }, () => start(team.client)))
  await assert.rejects(
    async () => {
      for (;;) await start(team.client)
    },
    (error: unknown) => error instanceof OpenAI.RateLimitError && error.code === 'rate_limit_exceeded',
  )
  const patient = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: team.key.value, maxRetries: 8 })
  assert.ok((await start(patient)).id)
})

test('of many runs at once as many are let through as the limit says', async () => {
  const team = await limited({ quick: { max_requests_per_1_minute: 100 } })
  await team.client.beta.assistants.create({ model: 'quick', instructions: 'x' })
  const began = performance.now()
  await team.run('quick')
  const answers = await Promise.all(Array.from({ length: 150 }, () => team.run('quick')))
  const through = answers.filter(({ status }) => status === 200).length
  // What comes back meanwhile, one in 0.6 s, is let through as well.
  const cameBack = Math.ceil((performance.now() - began) / 600)
  assert.ok(through >= 99 && through <= 99 + cameBack, `${through}, of which ${cameBack} came back`)
  assert.ok(answers.every(({ status }) => status === 200 || status === 429))
})

test('a key has a limit for all that it asks, which another key of its project does not share', async () => {
  const team = await limited({})
  const { apiKeys } = admin.admin.organization.projects.serviceAccounts
  const other = await apiKeys.create(team.account.id, { project_id: team.project.id, name: 'other' })
  await setLimits(`/projects/${team.project.id}/api_keys/${team.key.id}/limits`, {
    max_requests_per_1_minute: 3,
  })
  const ask = (apiKey: string) => raw({ url: server.url, apiKey }, 'GET', '/v1/assistants')
  const answers = []
  for (let n = 0; n < 4; n++) answers.push(await ask(team.key.value))
  assert.deepEqual(
    answers.map(({ status, headers }) => [status, headers.get('x-ratelimit-remaining-requests')]),
    [
      [200, '2'],
      [200, '1'],
      [200, '0'],
      [429, '0'],
    ],
  )
  assert.match(
    answers[3]?.json.error.message,
    new RegExp(
      `^Rate limit reached for key ${team.key.id} in project ${team.project.id} on requests per min`,
    ),
  )
  const free = await ask(other.value)
  assert.deepEqual([free.status, free.headers.get('x-ratelimit-limit-requests')], [200, null])
  await setLimits(`/projects/${team.project.id}/api_keys/${team.key.id}/limits`, {
    max_requests_per_1_minute: null,
  })
  assert.equal((await ask(team.key.value)).status, 200)
})

test('a project has a limit for all that its keys ask together', async () => {
  const team = await limited({})
  const { apiKeys } = admin.admin.organization.projects.serviceAccounts
  const other = await apiKeys.create(team.account.id, { project_id: team.project.id, name: 'other' })
  await setLimits(`/projects/${team.project.id}/limits`, { max_requests_per_1_minute: 2 })
  const ask = async (apiKey: string, path = '/v1/models') =>
    (await raw({ url: server.url, apiKey }, 'GET', path)).status
  assert.deepEqual(
    [await ask(team.key.value), await ask(other.value, '/v1/threads/thread_no'), await ask(team.key.value)],
    [200, 404, 429],
  )
  const limits = await askAdmin(server, 'GET', `/projects/${team.project.id}/limits`)
  assert.equal(limits.status, 200, 'an admin key has no such limit')
})

test('a run that finds no tokens of the minute left is refused, and one before it has its answer', async () => {
  const team = await limited({ wordy: { max_tokens_per_1_minute: 500 } })
  const first = await team.run('wordy', { stream: true })
  assert.equal(first.status, 200)
  assert.match(first.text, /thread\.run\.completed/)
  assert.equal(first.headers.get('x-ratelimit-limit-tokens'), '500')
  const refused = await team.run('wordy')
  assert.equal(refused.status, 429)
  assert.deepEqual([refused.json.error.type, refused.json.error.code], ['tokens', 'rate_limit_exceeded'])
  assert.match(
    refused.json.error.message,
    /on tokens per min \(TPM\): Limit 500, Used 500, Requested 1\. Please try again in (1m)?[\d.]+s\. Whoever administers this server can change the limit\.$/,
  )
  // It has used far more than a minute's tokens, so it takes minutes until there are some again.
  assert.ok(Number(refused.headers.get('retry-after')) > 60)
})

test('a run under way waits for tokens, says so, and goes on when there are some', async () => {
  const team = await limited({ asking: { max_tokens_per_1_minute: 2_000 } })
  const { threads } = team.client.beta
  const tools = [{ type: 'function', function: { name: 'look' } }]
  const started = await team.run('asking', { tools })
  const at = { thread_id: started.json.thread_id }
  const asked = await until(async () => {
    const run = await threads.runs.retrieve(started.json.id, at)
    return run.status === 'requires_action' && run
  })
  const tool_outputs = asked.required_action?.submit_tool_outputs.tool_calls.map(({ id }) => ({
    tool_call_id: id,
    output: 'nothing',
  }))
  await threads.runs.submitToolOutputs(asked.id, { ...at, tool_outputs: tool_outputs ?? [] })
  const waiting = await until(async () => {
    const run = await threads.runs.retrieve(asked.id, at)
    return (
      'status_details' in run &&
      (run as { status_details?: { reason: string; message: string } }).status_details
    )
  })
  assert.equal(waiting.reason, 'rate_limit')
  assert.match(waiting.message, /^The run waits for its limit: Rate limit reached for asking in project/)
  await change(team.project.id, 'asking', { max_tokens_per_1_minute: 2_147_483_647 })
  const ended = await until(async () => {
    const run = await threads.runs.retrieve(asked.id, at)
    return run.status === 'completed' && run
  })
  assert.equal('status_details' in ended, false)
})

test('a run that is cancelled while it waits for tokens is cancelled', async () => {
  const team = await limited({})
  await setLimits(`/projects/${team.project.id}/limits`, { max_tokens_per_1_minute: 2_000 })
  const tools = [{ type: 'function', function: { name: 'look' } }]
  const { runs } = team.client.beta.threads
  const started = await team.run('asking', { tools })
  const at = { thread_id: started.json.thread_id }
  const asked = await until(async () => {
    const run = await runs.retrieve(started.json.id, at)
    return run.status === 'requires_action' && run
  })
  const [call] = asked.required_action?.submit_tool_outputs.tool_calls ?? []
  const tool_outputs = [{ tool_call_id: call?.id ?? '', output: 'nothing' }]
  await runs.submitToolOutputs(asked.id, { ...at, tool_outputs })
  await until(async () => 'status_details' in (await runs.retrieve(asked.id, at)))
  await runs.cancel(asked.id, at)
  await until(async () => (await runs.retrieve(asked.id, at)).status === 'cancelled')
})

test('a request that has more tokens than a minute has fails, since waiting would not help', async () => {
  const team = await limited({ quick: { max_tokens_per_1_minute: 50 } })
  const content = 'word '.repeat(200)
  const started = await team.run('quick', { thread: { messages: [{ role: 'user', content }] } })
  const ended = await until(async () => {
    const run = await team.client.beta.threads.runs.retrieve(started.json.id, {
      thread_id: started.json.thread_id,
    })
    return run.status === 'failed' && run
  })
  assert.equal(ended.last_error?.code, 'rate_limit_exceeded')
  assert.match(
    ended.last_error?.message ?? '',
    /^Request too large for quick in project .* on tokens per min \(TPM\): Limit 50, Requested \d+\. The input or output tokens must be reduced/,
  )
})

test('without a limit an answer has no header of one', async () => {
  const answer = await raw(server, 'GET', '/v1/models')
  assert.deepEqual(
    [...answer.headers.keys()].filter((name) => name.startsWith('x-ratelimit')),
    [],
  )
})

test('chat completions count against the limits of their model, with the tokens of their answers', async () => {
  const team = await limited({
    quick: { max_requests_per_1_minute: 1 },
    wordy: { max_tokens_per_1_minute: 1_000 },
  })
  const ask = (model: string) =>
    raw(team.caller, 'POST', '/v1/chat/completions', { model, messages: [{ role: 'user', content: 'Hi' }] })
  const first = await ask('quick')
  assert.equal(first.status, 200, first.text)
  assert.equal(first.headers.get('x-ratelimit-remaining-requests'), '0')
  assert.deepEqual(
    [(await ask('quick')).status, (await ask('quick')).json.error.code],
    [429, 'rate_limit_exceeded'],
  )
  assert.equal((await ask('wordy')).status, 200)
  await until(async () => (await ask('wordy')).status === 429)
})
