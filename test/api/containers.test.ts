import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { toFile } from 'openai'
import { openDatabaseOf } from '../database.ts'
import { letExpire } from '../containers.ts'
import { raw } from '../raw.ts'
import { until } from '../runs.ts'
import { startTestServer, type TestServer } from '../server.ts'

let server: TestServer
before(async () => (server = await startTestServer({ models: {} })))
after(() => server[Symbol.asyncDispose]())

const upload = async (container: string, text: string, name = 'notes.txt') =>
  server.client.containers.files.create(container, { file: await toFile(Buffer.from(text), name) })

test('a container has the fields of the wire, in their order', async () => {
  const made = await raw(server, 'POST', '/v1/containers', { name: 'analysis' })
  assert.equal(made.status, 200, made.text)
  const { id, created_at, ...rest } = made.json
  assert.match(id, /^cntr_[0-9a-f]{48}$/)
  assert.deepEqual(rest, {
    object: 'container',
    status: 'running',
    expires_after: { anchor: 'last_active_at', minutes: 20 },
    last_active_at: created_at,
    memory_limit: '1g',
    name: 'analysis',
    network_policy: { type: 'disabled' },
  })
  assert.deepEqual(Object.keys(made.json), [
    'id',
    'object',
    'created_at',
    'status',
    'expires_after',
    'last_active_at',
    'memory_limit',
    'name',
    'network_policy',
  ])
  assert.deepEqual((await raw(server, 'GET', `/v1/containers/${id}`)).json, made.json)
  const gone = await raw(server, 'DELETE', `/v1/containers/${id}`)
  assert.deepEqual(gone.json, { id, object: 'container.deleted', deleted: true })
  for (const method of ['GET', 'DELETE']) {
    const { status, json } = await raw(server, method, `/v1/containers/${id}`)
    assert.equal(status, 404)
    assert.deepEqual(json.error, {
      message: `Container with id '${id}' not found.`,
      type: 'invalid_request_error',
      param: null,
      code: null,
    })
  }
})

test('containers are listed in both orders, from a cursor, and by name', async () => {
  const { containers } = server.client
  const made = []
  for (const name of ['list one', 'list two', 'list two'])
    made.push((await containers.create({ name, expires_after: { anchor: 'last_active_at', minutes: 5 } })).id)
  const [first = '', second = '', third = ''] = made
  const page = await containers.list({ limit: 2 })
  assert.deepEqual(
    page.data.map(({ id }) => id),
    [third, second],
  )
  const next = await raw(server, 'GET', `/v1/containers?limit=1&after=${second}`)
  assert.deepEqual(Object.keys(next.json), ['object', 'data', 'first_id', 'has_more', 'last_id'])
  assert.equal(next.json.data[0].id, first)
  assert.deepEqual(next.json.data[0].expires_after, { anchor: 'last_active_at', minutes: 5 })
  const named = await raw(server, 'GET', '/v1/containers?order=asc&name=list%20two')
  assert.deepEqual(
    named.json.data.map(({ id }: { id: string }) => id),
    [second, third],
  )
  await containers.delete(second)
  assert.equal((await raw(server, 'GET', `/v1/containers?limit=1&after=${second}`)).json.data[0].id, first)
  const all = await Array.fromAsync(containers.list({ limit: 1 }))
  assert.ok([first, third].every((id) => all.some((one) => one.id === id)))
})

for (const [body, error] of [
  [{}, ["Missing required parameter: 'name'.", 'name', 'missing_required_parameter']],
  [
    { name: 'x', expires_after: { anchor: 'last_active_at', minutes: 21 } },
    [
      "Invalid 'expires_after.minutes': integer above maximum value. Expected a value <= 20, but got 21 instead.",
      'expires_after.minutes',
      'integer_above_max_value',
    ],
  ],
  [
    { name: 'x', memory_limit: '2g' },
    [
      "Invalid value: '2g'. Supported values are: '1g', '4g', '16g', and '64g'.",
      'memory_limit',
      'invalid_value',
    ],
  ],
  [
    { name: 'x', memory_limit: '64g' },
    [
      "Unsupported value: '64g' is not supported by this server, whose Python sessions have less memory.",
      'memory_limit',
      'unsupported_value',
    ],
  ],
  [
    { name: 'x', network_policy: { type: 'allowlist', allowed_domains: ['a.example'] } },
    [
      "Unsupported value: 'allowlist' is not supported by this server: programs have no network.",
      'network_policy.type',
      'unsupported_parameter',
    ],
  ],
  [{ name: 'x', file_ids: ['file-none'] }, ['No such File object: file-none', 'file_ids', null, 404]],
  [{ name: 'x', colour: 1 }, ["Unknown parameter: 'colour'.", 'colour', 'unknown_parameter']],
] as [object, [string, string, string | null, number?]][]) {
  test(`${JSON.stringify(body)} is refused: ${error[0]}`, async () => {
    const { status, json } = await raw(server, 'POST', '/v1/containers', body)
    const [message, param, code, expected = 400] = error
    assert.deepEqual(json.error, { message, type: 'invalid_request_error', param, code })
    assert.equal(status, expected)
  })
}

test('a file is put into a container, read there, and is unknown outside of it', async () => {
  const { containers, files } = server.client
  const { id } = await containers.create({ name: 'files' })
  assert.deepEqual((await raw(server, 'GET', `/v1/containers/${id}/files`)).json, {
    object: 'list',
    data: [],
    first_id: null,
    has_more: false,
    last_id: null,
  })
  const file = await upload(id, 'Some text.', 'notes é.txt')
  assert.match(file.id, /^cfile_[0-9a-f]{32}$/)
  assert.deepEqual(file, {
    id: file.id,
    object: 'container.file',
    created_at: file.created_at,
    bytes: 10,
    container_id: id,
    path: `/mnt/data/${file.id.slice(6)}-notes é.txt`,
    source: 'user',
  })
  assert.deepEqual(await containers.files.retrieve(file.id, { container_id: id }), file)
  const content = await containers.files.content.retrieve(file.id, { container_id: id })
  assert.equal(content.headers.get('content-type'), 'text/plain; charset=utf-8')
  assert.match(
    content.headers.get('content-disposition') ?? '',
    /^attachment; filename=".*"; filename\*=UTF-8''.*%C3%A9\.txt$/,
  )
  assert.equal(await content.text(), 'Some text.')

  const asFile = `file-${file.id.slice(6)}`
  for (const unknown of [file.id, asFile]) {
    assert.equal((await raw(server, 'GET', `/v1/files/${unknown}`)).status, 404)
    assert.equal((await raw(server, 'GET', `/v1/files/${unknown}/content`)).status, 404)
    assert.equal((await raw(server, 'DELETE', `/v1/files/${unknown}`)).status, 404)
    assert.equal((await raw(server, 'POST', '/v1/vector_stores', { file_ids: [unknown] })).status, 404)
  }
  assert.ok((await Array.fromAsync(files.list())).every((one) => one.id !== asFile))

  const other = await containers.create({ name: 'other' })
  const elsewhere = await raw(server, 'GET', `/v1/containers/${other.id}/files/${file.id}`)
  assert.deepEqual(elsewhere.json.error, {
    message: `File ${file.id} not found on container ${other.id}.`,
    type: 'invalid_request_error',
    param: null,
    code: null,
  })
  const gone = await raw(server, 'DELETE', `/v1/containers/${id}/files/${file.id}`)
  assert.deepEqual(gone.json, { id: file.id, object: 'container.file.deleted', deleted: true })
  assert.equal((await raw(server, 'GET', `/v1/containers/${id}/files/${file.id}/content`)).status, 404)
})

test('Files of the project are put into containers by their ids, and stay Files', async () => {
  const { containers, files } = server.client
  const file = await files.create({
    file: await toFile(Buffer.from('a,b'), 'table.csv'),
    purpose: 'user_data',
  })
  const { id } = await containers.create({ name: 'by id', file_ids: [file.id] })
  const second = await files.create({ file: await toFile(Buffer.from('c'), 'c.csv'), purpose: 'user_data' })
  const added = await raw(server, 'POST', `/v1/containers/${id}/files`, { file_id: second.id })
  assert.equal(added.json.path, `/mnt/data/${second.id}-c.csv`)
  const { data } = await containers.files.list(id, { order: 'asc' })
  assert.deepEqual(
    data.map(({ path, source, bytes }) => [path, source, bytes]),
    [
      [`/mnt/data/${file.id}-table.csv`, 'user', 3],
      [`/mnt/data/${second.id}-c.csv`, 'user', 1],
    ],
  )
  const paged = await Array.fromAsync(containers.files.list(id, { limit: 1 }))
  assert.deepEqual(
    paged.map((one) => one.id),
    data.map((one) => one.id).toReversed(),
  )
  const [first] = data
  assert.ok(first)
  const content = await containers.files.content.retrieve(first.id, { container_id: id })
  assert.equal(await content.text(), 'a,b')
  await containers.files.delete(first.id, { container_id: id })
  assert.equal((await files.retrieve(file.id)).id, file.id)
  await files.delete(second.id)
  assert.deepEqual((await containers.files.list(id)).data, [])
  const unknown = await raw(server, 'POST', `/v1/containers/${id}/files`, { file_id: second.id })
  assert.equal(unknown.json.error.message, `No such File object: ${second.id}`)
})

test('a container that was not active for its minutes has expired, and what is in it is not shown any more', async () => {
  const { containers } = server.client
  const { id } = await containers.create({ name: 'short' })
  const file = await upload(id, 'x')
  await letExpire(server, id)
  assert.equal((await containers.retrieve(id)).status, 'expired')
  const requests: [string, string, unknown?][] = [
    ['GET', 'files'],
    ['POST', 'files', { file_id: 'file-x' }],
    ['GET', `files/${file.id}`],
    ['GET', `files/${file.id}/content`],
    ['DELETE', `files/${file.id}`],
  ]
  for (const [method, path, body] of requests) {
    const { status, json } = await raw(server, method, `/v1/containers/${id}/${path}`, body)
    assert.deepEqual([status, json.error.message], [404, 'Container is expired.'], `${method} ${path}`)
  }
  await containers.delete(id)
  assert.equal((await raw(server, 'GET', `/v1/containers/${id}`)).status, 404)
})

test('putting a file into a container and reading one keep it alive', async () => {
  const { containers } = server.client
  const { id } = await containers.create({ name: 'alive' })
  const db = await openDatabaseOf(server.dataDir)
  const age = () => db.write((tx) => tx.run('update containers set last_active_at = 5 where id = ?', id))
  const activeAt = async () => (await containers.retrieve(id)).last_active_at ?? 0
  await age()
  const file = await upload(id, 'x')
  assert.ok((await activeAt()) > 5)
  await age()
  await containers.files.content.retrieve(file.id, { container_id: id })
  assert.ok((await activeAt()) > 5)
  await db.close()
})

test('a container that expired long ago is deleted with what is in it, and one that goes on with its files keeps them', async () => {
  const { client, dataDir } = server
  const old = await client.containers.create({ name: 'old' })
  const file = await upload(old.id, 'x')
  const shared = await client.containers.create({ name: 'shared' })
  const kept = await upload(shared.id, 'y')
  const db = await openDatabaseOf(dataDir)
  await db.write((tx) =>
    tx.run(
      `insert into containers (id, project, sandbox, name, created_at, last_active_at, minutes, expires_at, memory_limit)
       select 'cntr_next', project, sandbox, 'next', created_at, last_active_at, minutes, expires_at, memory_limit
       from containers where id = ?`,
      shared.id,
    ),
  )
  for (const { id } of [old, shared]) await letExpire(server, id, 31 * 86_400)
  const rowOf = (id: string) => db.get('select 1 from files where id = ?', id.replace('cfile_', 'file-'))
  await until(async () => (await rowOf(file.id)) === undefined)
  for (const { id } of [old, shared])
    assert.equal((await raw(server, 'GET', `/v1/containers/${id}`)).status, 404)
  const listed = await client.containers.files.list('cntr_next')
  assert.deepEqual(
    listed.data.map(({ id }) => id),
    [kept.id],
  )
  await client.containers.delete('cntr_next')
  await until(async () => (await rowOf(kept.id)) === undefined)
  await db.close()
})
