import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { toFile } from 'openai'
import { raw } from '../raw.ts'
import { startTestServer, type TestServer } from '../server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server[Symbol.asyncDispose]())

const upload = (name: string) =>
  toFile(Buffer.from(name), `${name}.txt`).then((file) =>
    server.client.files.create({ file, purpose: 'assistants' }),
  )

test('what was deleted from one list is no cursor of another', async () => {
  const { beta, vectorStores, files } = server.client
  const said = { messages: [{ role: 'user' as const, content: 'x' }] }
  const [thread, other] = [await beta.threads.create(said), await beta.threads.create(said)]
  const [store, otherStore] = [await vectorStores.create({}), await vectorStores.create({})]
  const file = await upload('a')
  await vectorStores.files.create(store.id, { file_id: file.id })
  const message = (await beta.threads.messages.list(thread.id)).data[0]?.id ?? ''
  const gone = await beta.threads.create()
  const assistant = await beta.assistants.create({ model: 'demo' })
  const goneStore = await vectorStores.create({})

  await beta.threads.messages.delete(message, { thread_id: thread.id })
  await vectorStores.files.delete(file.id, { vector_store_id: store.id })
  await files.delete(file.id)
  await beta.threads.delete(gone.id)
  await beta.assistants.delete(assistant.id)
  await vectorStores.delete(goneStore.id)

  const lists: [path: string, own: string][] = [
    ['/v1/assistants', assistant.id],
    ['/v1/threads', gone.id],
    ['/v1/files', file.id],
    ['/v1/vector_stores', goneStore.id],
    [`/v1/threads/${thread.id}/messages`, message],
    [`/v1/conversations/${thread.id.replace('thread_', 'conv_')}/items`, message],
    [`/v1/conversations/${other.id.replace('thread_', 'conv_')}/items`, ''],
    [`/v1/vector_stores/${store.id}/files`, file.id],
    [`/v1/threads/${other.id}/messages`, ''],
    [`/v1/threads/${thread.id}/runs`, ''],
    [`/v1/vector_stores/${otherStore.id}/files`, ''],
  ]
  const ids = new Set([assistant.id, gone.id, file.id, goneStore.id, message])
  for (const [path, own] of lists) {
    for (const id of ids) {
      const { status, json } = await raw(server, 'GET', `${path}?after=${id}`)
      assert.equal(status, id === own ? 200 : 400, `${path}?after=${id}`)
      if (status === 400) assert.equal(json.error.param, 'after')
    }
  }
})

test('whoever deletes the items of a conversation while reading its pages reads them all', async () => {
  const { conversations } = server.client
  for (const order of ['asc', 'desc'] as const) {
    const { id: conversation_id } = await conversations.create()
    for (let at = 0; at < 3; at++)
      await conversations.items.create(conversation_id, {
        items: [
          { type: 'message', role: 'user', content: `${at}` },
          { type: 'function_call', call_id: `call_${at}`, name: 'f', arguments: '{}' },
          { type: 'function_call_output', call_id: `call_${at}`, output: '' },
        ],
      })
    const items = await conversations.items.list(conversation_id, { limit: 100, order })
    const read: unknown[] = []
    for await (const { id } of conversations.items.list(conversation_id, { limit: 2, order })) {
      read.push(id)
      await conversations.items.delete(id ?? '', { conversation_id })
    }
    assert.deepEqual(
      read,
      items.data.map(({ id }) => id),
    )
    assert.equal((await conversations.items.list(conversation_id)).data.length, 0)
  }
})

test('a file that left its store because it was deleted can still be taken out of it', async () => {
  const { vectorStores, files } = server.client
  const [store, other] = [await vectorStores.create({}), await vectorStores.create({})]
  const file = await upload('b')
  await vectorStores.files.create(store.id, { file_id: file.id })
  await files.delete(file.id)
  const path = `/v1/vector_stores/${store.id}/files/${file.id}`
  assert.equal((await raw(server, 'GET', path)).status, 404)
  const { status, json } = await raw(server, 'DELETE', path)
  assert.equal(status, 200)
  assert.deepEqual(json, { id: file.id, object: 'vector_store.file.deleted', deleted: true })
  assert.equal((await raw(server, 'GET', path)).status, 404)
  assert.equal((await raw(server, 'DELETE', `/v1/vector_stores/${other.id}/files/${file.id}`)).status, 404)
})

test('a file that was taken out of its store cannot be taken out again', async () => {
  const { vectorStores } = server.client
  const store = await vectorStores.create({})
  const file = await upload('c')
  await vectorStores.files.create(store.id, { file_id: file.id })
  const path = `/v1/vector_stores/${store.id}/files/${file.id}`
  assert.equal((await raw(server, 'DELETE', path)).status, 200)
  assert.equal((await raw(server, 'DELETE', path)).status, 404)
})
