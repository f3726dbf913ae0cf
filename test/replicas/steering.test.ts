import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openPostgres } from '../../src/store/postgres/postgres.ts'
import { postgresOf } from '../database.ts'
import { raw } from '../raw.ts'
import { connect, steer } from '../response-socket.ts'
import { asked } from '../responses.ts'
import { until } from '../runs.ts'
import { finished, said, spoken, thought } from '../spoken-model.ts'
import { adminOf, newProject } from '../team.ts'
import { startReplicas, type Replicas } from './replicas.ts'

/** Answers briefly when it was told to. Otherwise it thinks, or says nothing, and then waits for ever. */
const model = spoken(async function* ({ prompt }) {
  const text = JSON.stringify(prompt)
  if (!text.includes('Be brief.')) {
    if (text.includes('Think.')) yield* thought('Long or short?')
    await new Promise(() => {})
  }
  yield* said('Brief.')
  yield* finished()
})

let s: Replicas
before(async () => {
  s = await startReplicas({ m: model }, { THREADMILL_CODE_INTERPRETER: 'auto' })
})
after(() => s[Symbol.asyncDispose]())

/** A connection to one server, with a response on it that the other one works on, because it had the container last. */
async function begin(input: string) {
  const { servers } = (await raw(s.other, 'GET', '/health')).json.database
  const { id: other } = servers.find(({ self }: { self: boolean }) => self)
  const { id: container } = await s.one.client.containers.create({ name: 'of the other server' })
  const db = openPostgres(await postgresOf(s.one.dataDir))
  await db.write((tx) => tx.run('update containers set session_server = ? where id = ?', other, container))
  const connection = await connect(s.one)
  const calls = model.calls.length
  const tools = [{ type: 'code_interpreter', container }]
  connection.send({ type: 'response.create', model: 'm', input, tools })
  const { id } = (await connection.upTo('response.created')).at(-1)?.['response']
  await until(async () => model.calls.length > calls)
  const run = await db.get<{ lease_owner: string }>('select lease_owner from runs where id = ?', id)
  await db.close()
  assert.equal(run?.lease_owner, other)
  return {
    id: String(id),
    connection,
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}

test('what is said on a connection ends the response that another server works on, and another response answers', async () => {
  await using begun = await begin('Think.')
  const { connection, id } = begun
  await connection.upTo('response.reasoning_text.delta')
  connection.send({ type: 'response.steer', previous_response_id: id, input: 'Be brief.' })
  await connection.upTo('response.steer.accepted')
  const over = (await connection.upTo('response.incomplete')).at(-1)?.['response']
  assert.deepEqual([over.id, over.incomplete_details], [id, { reason: 'steered' }])
  assert.deepEqual(
    over.output.map(({ type }: { type: string }) => type),
    ['reasoning'],
  )
  const next = (await connection.upTo('response.completed')).at(-1)?.['response']
  assert.equal(next.previous_response_id, id)
  assert.equal(next.output.at(-1).content[0].text, 'Brief.')
  assert.deepEqual(asked(model.calls.at(-1)).slice(-2), [
    ['user', 'Think.'],
    ['user', 'Be brief.'],
  ])
  for (const server of [s.one, s.other])
    assert.deepEqual((await raw(server, 'GET', `/v1/responses/${id}`)).json, over)
})

test('a response that another server works on, and that has said nothing yet, ends at once', async () => {
  await using begun = await begin('Say nothing.')
  const { connection, id } = begun
  connection.send({ type: 'response.steer', previous_response_id: id, input: 'Be brief.' })
  const over = (await connection.upTo('response.incomplete')).at(-1)?.['response']
  assert.deepEqual([over.id, over.output, over.incomplete_details], [id, [], { reason: 'steered' }])
  const next = (await connection.upTo('response.completed')).at(-1)?.['response']
  assert.equal(next.previous_response_id, id)
})

test('what was given back because the key was revoked is taken up by no response that was being written', async () => {
  const maker = [s.one, s.other].find(({ server }) => server.adminKey !== '') ?? s.one
  const { project, key } = await newProject(maker)
  const db = openPostgres(await postgresOf(s.one.dataDir))
  const { promise: done, resolve: letGo } = Promise.withResolvers<void>()
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(() => db.close())
  cleanup.defer(letGo)
  await using connection = await connect({ url: maker.url, apiKey: key.value })
  connection.send({ type: 'response.create', model: 'm', input: 'Hi' })
  const { id } = (await connection.upTo('response.created')).at(-1)?.['response']
  const known = await db.all('select id from runs order by seq')
  const { promise: held, resolve: hold } = Promise.withResolvers<void>()
  const holding = db.write(async (tx) => {
    await tx.run('lock table items in access exclusive mode')
    hold()
    await done
  })
  await held
  // The next one reads the items of the one before, in the transaction that writes it.
  await steer(connection, id)
  const sessions = 'select pid, cast(xact_start as text) as begun from pg_stat_activity where'
  const { pid, begun } = await until(() =>
    db.get<{ pid: number; begun: string }>(
      `${sessions} wait_event_type = 'Lock' and query like '%from items%'`,
    ),
  )
  const { apiKeys } = adminOf(maker).admin.organization.projects
  await apiKeys.delete(key.id, { project_id: project.id })
  const { steer: given } = (await connection.upTo('response.steer.failed')).at(-1) ?? {}
  assert.equal(given.previous_response_id, id)
  letGo()
  await holding
  await until(async () => !(await db.get(`${sessions} pid = ? and cast(xact_start as text) = ?`, pid, begun)))
  assert.deepEqual(await db.all('select id from runs order by seq'), known)
})
