import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type OpenAI from 'openai'
import {
  narrowedLists,
  requestsInTheMiddle,
  streams,
  walkedOperations,
  type NamingRequest,
} from '../naming-requests.ts'
import { raw, refused } from '../raw.ts'
import type { TestServer } from '../server.ts'
import { newProject } from '../team.ts'
import { createTwoProjects, fillProject, nobodys, told } from '../two-projects.ts'

let server: TestServer
let theirs: OpenAI
let ours: { url: string; apiKey: string }
/** The ids of what another project has, by the names that paths and bodies give them. */
let ids: Record<string, string>

before(async () => {
  ;({ server, theirs, ours, ids } = await createTwoProjects())
})
after(() => server[Symbol.asyncDispose]())

/** The same answer for both, whose beginning is that of `expected`. */
async function assertSame(
  requests: NamingRequest[],
  expected = /^/,
  { asking = ours, of = ids }: { asking?: typeof ours; of?: Record<string, string> } = {},
): Promise<void> {
  for (const { name, ask } of requests) {
    const answers = []
    for (const given of [of, nobodys]) {
      const { method, path, body } = ask(given)
      answers.push(told(await raw(asking, method, path, body), given))
    }
    assert.equal(answers[0], answers[1], name)
    assert.match(answers[0] ?? '', expected, name)
  }
}

test('every operation answers for the ids of another project as for ids that nobody has', async () => {
  await assertSame(walkedOperations(ids))
})

test('the lists of a project show nothing of another, whatever they are narrowed by', async () => {
  for (const list of [
    'assistants',
    'threads',
    'runs',
    'files',
    'vector_stores',
    'responses',
    'conversations',
    'traces',
    'containers',
  ]) {
    const { json } = await raw(ours, 'GET', `/v1/${list}`)
    assert.deepEqual(json.data, [], list)
  }
  for (const filter of ['assistant_id', 'thread_id'])
    assert.deepEqual((await raw(ours, 'GET', `/v1/runs?${filter}=${ids[filter]}`)).json.data, [])
  assert.deepEqual((await raw(ours, 'GET', `/v1/threads?assistant_id=${ids['assistant_id']}`)).json.data, [])
  for (const list of ['threads', 'responses'])
    assert.deepEqual((await raw(ours, 'GET', `/v1/${list}?query=secret`)).json.data, [], list)
})

test('an object of another project that was deleted there is no cursor', async () => {
  const gone = await theirs.beta.assistants.create({ model: 'm' })
  await theirs.beta.assistants.delete(gone.id)
  const [after] = narrowedLists({})
  assert.ok(after)
  await assertSame([after], /^400 /, { of: { assistant_id: gone.id } })
})

test('what is named in the middle of a request, by a cursor or by a filter, is refused or found as if nobody had it', async () => {
  const { client, key } = await newProject(server)
  const own = await fillProject(client)
  const asking = { url: server.url, apiKey: key.value }
  await assertSame(requestsInTheMiddle(own), /^4/, { asking })
  await assertSame(narrowedLists(own), /^(4|200)/, { asking })
})

test('an id that another project has is refused as not free, whether it is there or was deleted, and nothing is said of it', async () => {
  const gone = await theirs.beta.threads.create()
  await theirs.beta.threads.delete(gone.id)
  const assistant = { id: ids['assistant_id'], model: 'm' }
  for (const answer of [
    await raw(ours, 'POST', '/v1/assistants', assistant),
    await raw(ours, 'POST', '/v1/threads', { id: gone.id }),
  ])
    refused(answer, 400, "Invalid 'id': the ID is not free.", { param: 'id', code: 'id_not_free' })
})

test('streams and replays of a run of another project are those of a run that nobody has', async () => {
  await assertSame(streams, /^404 /)
})

test('usage and budgets of another project are not told, whatever is asked for', async () => {
  await theirs.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'Hello' }] })
  const start = Math.floor(Date.now() / 1_000) - 3_600
  const kinds = [
    'completions',
    'embeddings',
    'file_search_calls',
    'vector_stores',
    'code_interpreter_sessions',
  ]
  for (const kind of kinds) {
    const asked = `/v1/organization/usage/${kind}?start_time=${start}&group_by=project_id`
    for (const path of [asked, `${asked}&project_ids=default`]) {
      const { json } = await raw(ours, 'GET', path)
      const results = (json.data as { results: { project_id: string }[] }[]).flatMap((one) => one.results)
      assert.ok(
        results.every(({ project_id }) => project_id !== 'default'),
        path,
      )
    }
  }
  assert.deepEqual((await raw(ours, 'GET', '/v1/organization/usage/budgets')).json.data, [])
  for (const path of ['projects', 'projects/default/limits', 'projects/default/budgets', 'audit_logs'])
    assert.equal((await raw(ours, 'GET', `/v1/organization/${path}`)).status, 403, path)
})
