import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { createBudgetFixture, prices, turnTokens } from '../budgets.ts'
import { raw } from '../raw.ts'
import { connect } from '../response-socket.ts'
import { querySql, until } from '../runs.ts'
import { askAdmin, newProject } from '../team.ts'

type Server = Awaited<ReturnType<typeof createBudgetFixture>>

/** A provider that embeds, and reads five tokens each time. */
const provider = createServer((request, response) => {
  const isList = request.method === 'GET'
  const data = isList ? [] : [{ object: 'embedding', index: 0, embedding: [3, 4] }]
  const usage = { prompt_tokens: 5, total_tokens: 5 }
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ object: 'list', data, ...(!isList && { model: 'e1', usage }) }))
})
let server: Server

async function start(): Promise<Server> {
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  const base_url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`
  const lab = { type: 'openai-compatible', base_url, models: ['e1'] }
  return createBudgetFixture({ config: { providers: { lab }, prices } })
}
/** Where the pattern of names leaves out all tests, nothing waits for the start before the end. */
let starting: Promise<Server>
before(async () => {
  starting = start()
  server = await starting
})
after(async () => {
  await (await starting)[Symbol.asyncDispose]()
  provider.closeAllConnections()
  provider.close()
})

/** A project that has used something in a thread, in a conversation and in a chain of responses. */
async function createTeam() {
  const { project, key, client } = await newProject(server)
  const { id: assistant_id } = await client.beta.assistants.create({ model: 'priced', instructions: 'x' })
  const { id: thread } = await client.beta.threads.create()
  const run = await client.beta.threads.runs.createAndPoll(thread, { assistant_id })
  assert.equal(run.status, 'completed')
  const { id: conversation } = await client.conversations.create()
  const ask = { model: 'priced', input: 'Hello' }
  await client.responses.create({ ...ask, conversation })
  const response = await client.responses.create(ask)
  const { id: store } = await client.vectorStores.create({})
  const caller = { url: server.url, apiKey: key.value }
  const socket = await connect(caller)
  return { caller, project, key, client, assistant_id, thread, conversation, response, store, socket }
}
type Team = Awaited<ReturnType<typeof createTeam>>
interface Answer {
  status: number
  // oxlint-disable-next-line typescript/no-explicit-any -- a test looks at whatever came
  json: any
}

const post = ({ caller }: Team, path: string, body: object): Promise<Answer> =>
  raw(caller, 'POST', `/v1${path}`, body)
const respond = (team: Team, more: object) =>
  post(team, '/responses', { model: 'priced', input: 'Hello', ...more })
const chat = (team: Team, more: object = {}) =>
  post(team, '/chat/completions', {
    model: 'priced',
    messages: [{ role: 'user', content: 'Hello' }],
    ...more,
  })

/** Each operation that asks a model, and the two that read texts as if they did. */
const doors = {
  'a run': (team) => post(team, `/threads/${team.thread}/runs`, { assistant_id: team.assistant_id }),
  'a thread with a run': (team) => post(team, '/threads/runs', { assistant_id: team.assistant_id }),
  'a response': (team) => respond(team, {}),
  'a streamed response': (team) => respond(team, { stream: true }),
  'a response in the background': (team) => respond(team, { background: true }),
  'a response in a conversation': (team) => respond(team, { conversation: team.conversation }),
  'a response after another': (team) => respond(team, { previous_response_id: team.response.id }),
  async 'a response of a connection'({ socket }) {
    const { type, status, error } = (await socket.create({ model: 'priced', input: 'Hello' })).at(-1) ?? {}
    return type === 'error' ? { status, json: { error } } : { status: 200, json: {} }
  },
  async 'a response of a connection after another'({ socket, response }) {
    const asked = { model: 'priced', input: 'Hello', previous_response_id: response.id }
    const { type, status, error } = (await socket.create(asked)).at(-1) ?? {}
    return type === 'error' ? { status, json: { error } } : { status: 200, json: {} }
  },
  'a compaction': (team) => post(team, '/responses/compact', { model: 'priced', input: 'Hello' }),
  'a compaction of a chain': (team) =>
    post(team, '/responses/compact', { model: 'priced', previous_response_id: team.response.id }),
  'a chat completion': (team) => chat(team),
  'a streamed chat completion': (team) => chat(team, { stream: true }),
  embeddings: (team) => post(team, '/embeddings', { model: 'lab/e1', input: 'Hello' }),
  'a count of tokens': (team) => post(team, '/responses/input_tokens', { model: 'priced', input: 'Hello' }),
  'a search': (team) => post(team, `/vector_stores/${team.store}/search`, { query: 'Hello' }),
} satisfies Record<string, (team: Team) => Promise<Answer>>
type Door = keyof typeof doors

/** Where a request comes in, and the operation that leads it to a model: the doors that try it. */
const waysToModels: Record<string, Door[]> = {
  'routes/runs.ts createRun': ['a run'],
  'routes/runs.ts createThreadAndRun': ['a thread with a run'],
  'routes/responses.ts createResponse': [
    'a response',
    'a streamed response',
    'a response in the background',
    'a response in a conversation',
    'a response after another',
  ],
  'response-socket.ts createResponse': [
    'a response of a connection',
    'a response of a connection after another',
  ],
  'routes/responses.ts compactResponse': ['a compaction', 'a compaction of a chain'],
  'routes/chat-completions.ts createChatCompletion': ['a chat completion', 'a streamed chat completion'],
  'routes/chat-completions.ts createEmbeddings': ['embeddings'],
}

/** What begins a run, or asks a model at once. */
const asks = /\b(beginRun|insertRun|doStream|doGenerate|completions\.(chat|embed))[<(]/

/** The functions of the operations that lead to a model, by themselves or through another operation. */
function askingOperations(): string[] {
  const folder = new URL('../../src/operations/', import.meta.url)
  const sources = readdirSync(folder)
    .filter((name) => /^(?!begin-run\.).*(?<!\.test)\.ts$/.test(name))
    .map((name) => readFileSync(new URL(name, folder), 'utf8'))
  const exported = (source: string) =>
    [...source.matchAll(/^export (?:async )?function (\w+)/gm)].map(([, name = '']) => name)
  const found = new Set<string>()
  for (let before = -1; before < found.size;) {
    before = found.size
    for (const source of sources)
      if (asks.test(source) || [...found].some((name) => source.includes(`${name}(`)))
        for (const name of exported(source)) found.add(name)
  }
  return [...found]
}

test('every operation that asks a model, wherever a request for it comes in, is among these doors', () => {
  const folder = new URL('../../src/http/', import.meta.url)
  const names = askingOperations()
  assert.ok(names.includes('compactResponse'), 'it asks through another operation')
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((path) => {
    if (!/(?<!\.test)\.ts$/.test(path)) return []
    const source = readFileSync(new URL(path, folder), 'utf8')
    assert.doesNotMatch(source, asks, `${path} asks a model, which is for an operation to do`)
    return names.filter((name) => source.includes(`${name}(`)).map((name) => `${path} ${name}`)
  })
  assert.deepEqual(found.toSorted(), Object.keys(waysToModels).toSorted())
  assert.deepEqual(Object.values(waysToModels).flat().toSorted(), asksModel.toSorted())
})

const asksNoModel: Door[] = ['a count of tokens', 'a search']
const goesOn: Door[] = [
  'a run',
  'a response in a conversation',
  'a response after another',
  'a response of a connection after another',
  'a compaction of a chain',
]
const all = Object.keys(doors) as Door[]
const asksModel = all.filter((door) => !asksNoModel.includes(door))

async function assertAnswers(team: Team, refused: Door[], error: { code: string; type: string }) {
  for (const door of all) {
    const { status, json } = await doors[door](team)
    if (refused.includes(door))
      assert.deepEqual(
        [status, json?.error.type, json?.error.code],
        [429, error.type, error.code],
        `${door}: ${JSON.stringify(json)}`,
      )
    else assert.equal(status, 200, `${door}: ${JSON.stringify(json)}`)
  }
  await team.socket[Symbol.asyncDispose]()
}

const quota = { type: 'insufficient_quota', code: 'insufficient_quota' }
const money = { currency: 'USD', interval: 'month' } as const

test('a project that has used its tokens of the month asks no model, through whichever operation', async () => {
  const team = await createTeam()
  await server.budget({ scope: 'project', threshold_tokens: 1 }, team.project.id)
  await assertAnswers(team, asksModel, quota)
})

test('a project that has spent its money of the month asks no model', async () => {
  const team = await createTeam()
  await server.organization.projects.spendLimit.update(team.project.id, { ...money, threshold_amount: 1 })
  await assertAnswers(team, asksModel, { ...quota, code: 'project_spend_limit_exceeded' })
})

test('projects that have spent the money of all of them ask no model', async () => {
  const team = await createTeam()
  await server.organization.spendLimit.update({ ...money, threshold_amount: 1 })
  try {
    await assertAnswers(team, asksModel, { ...quota, code: 'organization_spend_limit_exceeded' })
  } finally {
    await server.organization.spendLimit.delete()
  }
})

test('what goes on in a thread, a conversation or a chain that has used its budget is refused, and nothing else', async () => {
  const team = await createTeam()
  await server.budget({ scope: 'thread', threshold_tokens: turnTokens }, team.project.id)
  await assertAnswers(team, goesOn, quota)
})

test('a budget of runs refuses nothing before it begins', async () => {
  const team = await createTeam()
  await server.budget({ scope: 'run', threshold_tokens: 1 }, team.project.id)
  await assertAnswers(team, [], quota)
})

for (const unit of ['requests', 'tokens'] as const)
  test(`a model whose ${unit} of the minute are used is not asked`, async () => {
    const team = await createTeam()
    const { rateLimits } = server.organization.projects
    for (const model of ['priced', 'lab/e1']) {
      const limit = { project_id: team.project.id, [`max_${unit}_per_1_minute`]: 1 }
      await rateLimits.updateRateLimit(`rl-${model}`, limit)
    }
    await until(async () => (await chat(team)).status === 429)
    await until(async () => (await doors.embeddings(team)).status === 429)
    await assertAnswers(team, asksModel, { type: unit, code: 'rate_limit_exceeded' })
  })

for (const owner of ['project', 'key'] as const) {
  const pathOf = ({ project, key }: Team) =>
    owner === 'project'
      ? `/projects/${project.id}/limits`
      : `/projects/${project.id}/api_keys/${key.id}/limits`

  test(`nothing is answered to a ${owner} that has used its requests of the minute`, async () => {
    const team = await createTeam()
    await askAdmin(server, 'POST', pathOf(team), { max_requests_per_1_minute: 1 })
    await until(async () => (await chat(team)).status === 429)
    await assertAnswers(team, all, { type: 'requests', code: 'rate_limit_exceeded' })
  })

  test(`a ${owner} that has used its tokens of the minute asks no model`, async () => {
    const team = await createTeam()
    await askAdmin(server, 'POST', pathOf(team), { max_tokens_per_1_minute: 1 })
    await until(async () => (await chat(team)).status === 429)
    await assertAnswers(team, asksModel, { type: 'tokens', code: 'rate_limit_exceeded' })
  })
}

test('while as many are in progress as may be, runs wait, and what nobody could come back to is refused', async () => {
  const go = Promise.withResolvers<void>()
  const usage = { input: 1_000, output: 100 }
  await using s = await createBudgetFixture({
    config: { prices },
    script: async () => {
      await go.promise
      return { usage, text: 'Hello.' }
    },
  })
  const { client, project, key } = await newProject(s)
  const caller = { url: s.url, apiKey: key.value }
  const { id: assistant_id } = await client.beta.assistants.create({ model: 'priced', instructions: 'x' })
  await askAdmin(s, 'POST', `/projects/${project.id}/limits`, { max_concurrent_runs: 1 })
  const ask = { model: 'priced', input: 'Hello' }
  const first = await client.responses.create({ ...ask, background: true })
  await until(async () => (await client.responses.retrieve(first.id)).status === 'in_progress')
  for (const [path, body] of [
    ['/chat/completions', { model: 'priced', messages: [{ role: 'user', content: 'Hello' }] }],
    ['/responses/compact', ask],
    ['/embeddings', { model: 'text-embedding-3-small', input: 'Hello' }],
  ] as const) {
    const { status, json } = await raw(caller, 'POST', `/v1${path}`, body)
    assert.deepEqual([status, json.error.code], [429, 'rate_limit_exceeded'], path)
    assert.match(json.error.message, /on concurrent runs: Limit 1, Used 1/)
  }
  await using socket = await connect(caller)
  const runs = await Promise.all([
    client.beta.threads.createAndRun({ assistant_id }),
    client.beta.threads.createAndRun({ assistant_id }),
  ])
  const background = await client.responses.create({ ...ask, background: true })
  const answered = socket.create(ask)
  for (const run of runs) {
    const { status } = await client.beta.threads.runs.retrieve(run.id, { thread_id: run.thread_id })
    assert.equal(status, 'queued')
  }
  assert.equal((await client.responses.retrieve(background.id)).status, 'queued')
  go.resolve()
  assert.equal((await answered).at(-1)?.type, 'response.completed')
  await until(async () => (await client.responses.retrieve(background.id)).status === 'completed')
})

test('responses side by side, in chains, in the background and over a connection exceed a budget by no more than one turn', async () => {
  const usage = { input: 1_000, output: 100 }
  await using s = await createBudgetFixture({ script: () => ({ usage, text: ['Hel', 'lo.'], delayMs: 10 }) })
  const ask = { model: 'priced', input: 'Hello', max_output_tokens: 1_200 }
  const { id: previous_response_id } = await s.client.responses.create(ask)
  const { id: conversation } = await s.client.conversations.create()
  await s.budget({ scope: 'project', threshold_tokens: 6_000 })
  await using socket = await connect(s)
  for (let lane = 0; lane < 8; lane++)
    socket.send({ type: 'response.create', ...ask, stream_id: `lane-${lane}`, previous_response_id })
  const asked = await Promise.allSettled(
    Array.from({ length: 4 }, () => [
      s.client.responses.create({ ...ask, previous_response_id }),
      s.client.responses.create({ ...ask, background: true }),
      s.client.responses.create({ ...ask, conversation }),
      s.client.chat.completions.create({
        model: 'priced',
        messages: [{ role: 'user', content: 'Hello' }],
        max_completion_tokens: 1_200,
      }),
      s.run({ max_completion_tokens: 1_200 }),
    ]).flat(),
  )
  assert.ok(asked.some(({ status }) => status === 'fulfilled'))
  const ends = ['response.completed', 'response.failed', 'error']
  for (let lane = 0; lane < 8; lane++) await socket.upTo(...ends)
  await until(
    async () =>
      (await querySql(s, "select 1 from runs where status in ('queued', 'in_progress')")).length === 0,
  )
  await until(async () => (await querySql(s, 'select 1 from completions_under_way')).length === 0)
  const used = await s.used()
  assert.ok(used >= 6_000 && used < 6_000 + turnTokens, `${used} tokens`)
})
