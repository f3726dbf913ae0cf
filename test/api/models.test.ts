import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scripted } from '../../src/models/scripted.ts'
import { raw, refused } from '../raw.ts'
import { startTestServer } from '../server.ts'

test('models are listed without cursors, found by name, and not deleted', async () => {
  await using server = await startTestServer({ models: { 'house/model': scripted([]) } })
  const { json } = await raw(server, 'GET', '/v1/models')
  assert.deepEqual(Object.keys(json), ['object', 'data'])
  const model = json.data.find(({ id }: { id: string }) => id === 'house/model')
  assert.deepEqual(Object.keys(model), ['id', 'object', 'created', 'owned_by'])
  assert.equal(model.object, 'model')
  assert.deepEqual((await raw(server, 'GET', '/v1/models/house/model')).json, model)
  assert.equal((await server.client.models.retrieve('house/model')).id, 'house/model')

  const missing = await raw(server, 'GET', '/v1/models/fake_id')
  assert.match(
    missing.json.error.message,
    /^The model 'fake_id' does not exist\. Available here: .*house\/model/,
  )
  assert.deepEqual(
    [missing.status, missing.json.error.param, missing.json.error.code],
    [404, 'model', 'model_not_found'],
  )
  refused(
    await raw(server, 'DELETE', '/v1/models/house/model'),
    403,
    "The model 'house/model' is served by configuration and cannot be deleted through the API.",
    { param: 'model' },
  )
})
