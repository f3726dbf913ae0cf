import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import OpenAI from 'openai'
import { scripted } from '../../src/models/scripted.ts'
import { startTestServer, type TestServer } from '../server.ts'
import { adminOf, askAdmin, newProject } from '../team.ts'

let server: TestServer
let admin: OpenAI

before(async () => {
  const models = { first: scripted([{ text: 'Hello.' }]), second: scripted([{ text: 'Hello.' }]) }
  server = await startTestServer({ models })
  admin = adminOf(server)
})
after(() => server[Symbol.asyncDispose]())

const refusal = (status: number, code: string | null) => (error: unknown) => {
  assert.ok(error instanceof OpenAI.APIError, String(error))
  assert.deepEqual([error.status, error.code ?? null], [status, code])
  return true
}

const none = 2_147_483_647

test('a project has a rate limit for each model, which is the highest until one is set', async () => {
  const { rateLimits } = admin.admin.organization.projects
  const { project } = await newProject(server)
  const limitsOf = async (query = {}) => {
    const found = []
    for await (const one of rateLimits.listRateLimits(project.id, query)) found.push(one)
    return found
  }
  const first = await limitsOf()
  assert.deepEqual(
    first.find(({ model }) => model === 'first'),
    {
      id: 'rl-first',
      object: 'project.rate_limit',
      model: 'first',
      max_requests_per_1_minute: none,
      max_tokens_per_1_minute: none,
    },
  )
  const changed = await rateLimits.updateRateLimit('rl-second', {
    project_id: project.id,
    max_requests_per_1_minute: 500,
  })
  assert.deepEqual([changed.id, changed.max_requests_per_1_minute], ['rl-second', 500])
  await rateLimits.updateRateLimit('rl-second', { project_id: project.id, max_tokens_per_1_minute: 9_000 })
  const again = await limitsOf({ limit: 1 })
  assert.deepEqual(
    again.map(({ id }) => id),
    first.map(({ id }) => id),
  )
  const second = again.find(({ model }) => model === 'second')
  assert.deepEqual([second?.max_requests_per_1_minute, second?.max_tokens_per_1_minute], [500, 9_000])
  const page = await rateLimits.listRateLimits(project.id, { before: 'rl-second', limit: 1 })
  assert.equal(page.data.length, 1)
  const freed = await rateLimits.updateRateLimit('rl-second', {
    project_id: project.id,
    max_requests_per_1_minute: none,
  })
  assert.deepEqual([freed.max_requests_per_1_minute, freed.max_tokens_per_1_minute], [none, 9_000])
  const other = await newProject(server)
  for await (const one of rateLimits.listRateLimits(other.project.id))
    assert.equal(one.max_tokens_per_1_minute, none)
})

test('names that lead to one model share its rate limit', async () => {
  const { rateLimits } = admin.admin.organization.projects
  const { project } = await newProject(server)
  const changed = await rateLimits.updateRateLimit('rl-gpt-4o', {
    project_id: project.id,
    max_requests_per_1_minute: 7,
  })
  assert.equal(changed.model, 'gpt-4o')
  const { data } = await rateLimits.listRateLimits(project.id)
  assert.equal(data.find(({ model }) => model === 'first')?.max_requests_per_1_minute, 7)
})

test('what is no rate limit, and limits that nothing would keep, are refused', async () => {
  const { rateLimits } = admin.admin.organization.projects
  const { project, client } = await newProject(server)
  const change = (id: string, more: object) =>
    rateLimits.updateRateLimit(id, { project_id: project.id, ...more })
  await assert.rejects(change('rl-nothing', { max_tokens_per_1_minute: 5 }), refusal(404, null))
  await assert.rejects(change('first', { max_tokens_per_1_minute: 5 }), refusal(404, null))
  await assert.rejects(change('rl-first', { max_images_per_1_minute: 5 }), refusal(400, 'unknown_parameter'))
  await assert.rejects(
    change('rl-first', { max_tokens_per_1_minute: 0 }),
    refusal(400, 'integer_below_min_value'),
  )
  await assert.rejects(rateLimits.listRateLimits(project.id, { after: 'rl-no' }), refusal(400, null))
  await assert.rejects(rateLimits.listRateLimits('proj_nothing'), refusal(404, null))
  const own = new OpenAI({ baseURL: `${server.url}/v1`, adminAPIKey: client.apiKey ?? '', maxRetries: 0 })
  await assert.rejects(
    own.admin.organization.projects.rateLimits.listRateLimits(project.id),
    refusal(403, 'insufficient_permissions'),
  )
})

test('a project and a key have limits of their own, which are null until they are set', async () => {
  const { project, key } = await newProject(server)
  const ofProject = `/projects/${project.id}/limits`
  const ofKey = `/projects/${project.id}/api_keys/${key.id}/limits`
  const projectLimits = {
    object: 'organization.project.limits',
    project_id: project.id,
    max_requests_per_1_minute: null,
    max_tokens_per_1_minute: null,
    max_concurrent_runs: null,
    max_file_bytes: null,
    max_vector_store_bytes: null,
    max_code_interpreter_sessions: null,
  }
  const keyLimits = {
    object: 'organization.project.api_key.limits',
    project_id: project.id,
    api_key_id: key.id,
    max_requests_per_1_minute: null,
    max_tokens_per_1_minute: null,
    max_concurrent_runs: null,
    max_file_bytes: null,
    max_vector_store_bytes: null,
    max_code_interpreter_sessions: null,
  }
  assert.deepEqual((await askAdmin(server, 'GET', ofProject)).json, projectLimits)
  assert.deepEqual((await askAdmin(server, 'GET', ofKey)).json, keyLimits)
  const some = { max_concurrent_runs: 4, max_file_bytes: 10 ** 12 }
  assert.deepEqual((await askAdmin(server, 'POST', ofProject, some)).json, { ...projectLimits, ...some })
  const freed = await askAdmin(server, 'POST', ofProject, { max_concurrent_runs: null })
  assert.deepEqual(freed.json, { ...projectLimits, max_file_bytes: 10 ** 12 })
  await askAdmin(server, 'POST', ofKey, { max_tokens_per_1_minute: 5 })
  assert.deepEqual((await askAdmin(server, 'GET', ofKey)).json, { ...keyLimits, max_tokens_per_1_minute: 5 })
  assert.equal((await askAdmin(server, 'POST', ofKey, { max_bytes: 5 })).status, 400)
  assert.equal((await askAdmin(server, 'POST', ofProject, { max_concurrent_runs: 0 })).status, 400)
  assert.equal((await askAdmin(server, 'GET', '/projects/proj_no/limits')).status, 404)
  assert.equal((await askAdmin(server, 'GET', `/projects/${project.id}/api_keys/key_no/limits`)).status, 404)
})

test('the audit log tells who has changed a limit', async () => {
  const { project, key } = await newProject(server)
  const change = { max_tokens_per_1_minute: 5 }
  const { rateLimits } = admin.admin.organization.projects
  await rateLimits.updateRateLimit('rl-first', { project_id: project.id, ...change })
  await askAdmin(server, 'POST', `/projects/${project.id}/limits`, change)
  await askAdmin(server, 'POST', `/projects/${project.id}/api_keys/${key.id}/limits`, change)
  const { data } = await admin.admin.organization.auditLogs.list({ project_ids: [project.id], limit: 3 })
  assert.deepEqual(
    data.map((log) => [log.type, (log as unknown as Record<string, unknown>)[log.type]]),
    [
      ['api_key.updated', { id: key.id, changes_requested: { limits: change } }],
      ['project.updated', { id: project.id, changes_requested: { limits: change } }],
      ['rate_limit.updated', { id: 'rl-first', changes_requested: change }],
    ],
  )
})
