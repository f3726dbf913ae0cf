import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { scripted } from '../../src/models/scripted.ts'
import { paid } from '../budgets.ts'
import { raw, refused } from '../raw.ts'
import { startTestServer } from '../server.ts'

test('models are listed without cursors, found by name, and not deleted', async () => {
  await using server = await startTestServer({ models: { 'house/model': paid(scripted([])) } })
  const { json } = await raw(server, 'GET', '/v1/models')
  assert.deepEqual(Object.keys(json), ['object', 'data'])
  const model = json.data.find(({ id }: { id: string }) => id === 'house/model')
  assert.deepEqual(Object.keys(model), ['id', 'object', 'created', 'owned_by'])
  assert.equal(model.object, 'model')
  const { served_by, ...one } = (await raw(server, 'GET', '/v1/models/house/model')).json
  assert.deepEqual(one, model)
  assert.equal(served_by.model, 'house/model')
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

test('a model that is asked for by its name says what the name leads to', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-models-'))
  const file = join(folder, 'config.json')
  const models = { 'small-1': { context_window: 4096, structured_outputs: true } }
  writeFileSync(
    file,
    JSON.stringify({
      providers: { lab: { type: 'openai-compatible', base_url: 'http://127.0.0.1:9/v1', models } },
      aliases: { 'gpt-4-turbo': 'lab/small-1' },
    }),
  )
  await using server = await startTestServer({ env: { THREADMILL_CONFIG: file } })
  rmSync(folder, { recursive: true })
  const { json } = await raw(server, 'GET', '/v1/models/gpt-4-turbo')
  assert.equal(json.id, 'gpt-4-turbo')
  assert.deepEqual(json.served_by, {
    model: 'lab/small-1',
    provider: 'lab',
    context_window: 4096,
    context_window_known: true,
    structured_outputs: true,
    tools: null,
    images: null,
  })
  const { data } = await server.client.models.list()
  assert.ok(data.every((model) => !('served_by' in model)))
  const listed = await raw(server, 'GET', '/v1/models?include[]=served_by')
  assert.deepEqual(
    listed.json.data.find((model: { id: string }) => model.id === 'gpt-4-turbo').served_by,
    json.served_by,
  )
  const refused = await raw(server, 'GET', '/v1/models?include[]=price')
  assert.deepEqual([refused.status, refused.json.error.param], [400, 'include'])
})
