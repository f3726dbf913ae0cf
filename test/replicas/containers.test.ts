import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toFile } from 'openai'
import { scripted } from '../../src/models/scripted.ts'
import type { Database } from '../../src/store/database.ts'
import { openPostgres } from '../../src/store/postgres/postgres.ts'
import { postgresOf } from '../database.ts'
import { raw } from '../raw.ts'
import { startReplicas, type Replicas } from './replicas.ts'

const rounds = Array.from({ length: 12 }, (_, index) => index)
const models = () => ({ m: scripted(() => ({ text: 'Yes.' })) })
/** A response may name a container where programs can run. */
const withInterpreter = { THREADMILL_CODE_INTERPRETER: 'auto' }
const statuses = (answers: { status: number }[]) =>
  answers.map(({ status }) => status).toSorted((a, b) => a - b)

/** A container with a file in it, and a second container with the same sandbox. */
async function makeTwo({ one }: Replicas, db: Database) {
  const { id } = await one.client.containers.create({ name: 'first' })
  const file = await one.client.containers.files.create(id, { file: await toFile(Buffer.from('x'), 'x.txt') })
  const second = `${id}2`
  await db.write((tx) =>
    tx.run(
      `insert into containers (id, project, sandbox, name, created_at, last_active_at, minutes, expires_at, memory_limit)
       select ?, project, sandbox, 'second', created_at, last_active_at, minutes, expires_at, memory_limit
       from containers where id = ?`,
      second,
      id,
    ),
  )
  return { id, second, file: file.id.replace('cfile_', 'file-') }
}

test('containers of one sandbox that two servers delete at once take its files with them, once', async () => {
  await using s = await startReplicas(models())
  const db = await openPostgres(await postgresOf(s.one.dataDir))
  for (const _ of rounds) {
    const { id, second, file } = await makeTwo(s, db)
    const answers = await Promise.all([
      raw(s.one, 'DELETE', `/v1/containers/${id}`),
      raw(s.other, 'DELETE', `/v1/containers/${second}`),
      raw(s.other, 'DELETE', `/v1/containers/${id}`),
      raw(s.one, 'DELETE', `/v1/containers/${second}`),
    ])
    assert.deepEqual(statuses(answers), [200, 200, 404, 404])
    assert.equal(await db.get('select 1 from files where id = ? and expires_at is null', file), undefined)
  }
  assert.equal(await db.get('select 1 from sandbox_outputs union all select 1 from sandbox_files'), undefined)
  await db.close()
})

test('a container that is deleted while a response names it is used by it, or refused', async () => {
  await using s = await startReplicas(models(), withInterpreter)
  const db = await openPostgres(await postgresOf(s.one.dataDir))
  for (const _ of rounds) {
    const { id, second, file } = await makeTwo(s, db)
    const tools = [{ type: 'code_interpreter', container: id }]
    const [, , made, added] = await Promise.all([
      raw(s.other, 'DELETE', `/v1/containers/${id}`),
      raw(s.one, 'DELETE', `/v1/containers/${second}`),
      raw(s.one, 'POST', '/v1/responses', { model: 'm', input: 'Hi', tools }),
      raw(s.other, 'POST', `/v1/containers/${id}/files`, { file_id: 'file-none' }),
    ])
    if (made.status !== 200)
      assert.match(made.json.error.message, /^Container with id '.*' not found\.$/, made.text)
    assert.equal(added.status, 404)
    assert.equal(await db.get('select 1 from files where id = ? and expires_at is null', file), undefined)
  }
  await db.close()
})

test('a container that goes on with the sandbox of another has its files, whoever deletes the other one meanwhile', async () => {
  await using s = await startReplicas(models(), withInterpreter)
  const db = await openPostgres(await postgresOf(s.one.dataDir))
  for (const _ of rounds) {
    const { id } = await s.one.client.containers.create({ name: 'first' })
    const body = { model: 'm', input: 'Hi' }
    const named = await raw(s.one, 'POST', '/v1/responses', {
      ...body,
      tools: [{ type: 'code_interpreter', container: id }],
    })
    await s.one.client.containers.files.create(id, { file: await toFile(Buffer.from('x'), 'x.txt') })
    await db.write((tx) =>
      tx.run('update containers set last_active_at = 5, expires_at = 6 where id = ?', id),
    )
    const tools = [{ type: 'code_interpreter', container: { type: 'auto' } }]
    const [next] = await Promise.all([
      raw(s.one, 'POST', '/v1/responses', { ...body, tools, previous_response_id: named.json.id }),
      raw(s.other, 'DELETE', `/v1/containers/${id}`),
    ])
    assert.equal(next.status, 200, next.text)
    const [left] = (await s.other.client.containers.list({ limit: 1 })).data
    const row = await db.get<{ sandbox: string }>(
      'select sandbox from containers where id = ?',
      left?.id ?? '',
    )
    const { data } = await s.other.client.containers.files.list(left?.id ?? '')
    // Either it took the place of the first one, or it came after it and has a sandbox of its own.
    assert.equal(data.length, row?.sandbox === id ? 1 : 0)
    await s.one.client.containers.delete(left?.id ?? '')
  }
  await db.close()
})
