import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { test } from 'node:test'
import OpenAI from 'openai'
import { sendingTo, startOtlpReceiver } from '../otlp-receiver.ts'
import { raw } from '../raw.ts'
import { until } from '../runs.ts'
import { startTestServer } from '../server.ts'

const start_time = Math.floor(Date.now() / 1_000) - 86_400

/** A server with a provider that embeds, and with the same as the model of file search. Vectors are `[3, 4]`. */
async function createFixture(env: Record<string, string> = {}) {
  const asked: Record<string, unknown>[] = []
  const upstream = createServer((request, response) => {
    if (request.method === 'GET') return response.end(JSON.stringify({ object: 'list', data: [] }))
    return void json(request).then((body) => {
      const { input, model } = body as { input: string | string[]; model: string }
      asked.push(body as Record<string, unknown>)
      response.writeHead(model === 'broken' ? 400 : 200, { 'content-type': 'application/json' })
      if (model === 'broken')
        return response.end(
          JSON.stringify({ error: { message: 'Too long.', type: 'invalid_request_error', param: 'input' } }),
        )
      const data = [input].flat().map((_, index) => ({ object: 'embedding', index, embedding: [3, 4] }))
      return response.end(
        JSON.stringify({ object: 'list', data, model, usage: { prompt_tokens: 5, total_tokens: 5 } }),
      )
    })
  })
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const THREADMILL_CONFIG = join(folder, 'config.json')
  const base_url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`
  writeFileSync(
    THREADMILL_CONFIG,
    JSON.stringify({
      providers: { lab: { type: 'openai-compatible', base_url, models: ['m1'] } },
      aliases: { mine: 'lab/e1' },
      embedding: { base_url, model: 'small' },
      // Five tokens cost a cent.
      prices: { models: { mine: { input: 2_000, output: 0 } } },
    }),
  )
  const server = await startTestServer({ env: { THREADMILL_CONFIG, ...env } })
  rmSync(folder, { recursive: true })
  return {
    ...server,
    asked,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      upstream.closeAllConnections()
      await new Promise((resolve) => upstream.close(resolve))
    },
  }
}

test('embeddings come from the provider that the name leads to, as it answers, and are counted', async () => {
  await using fixture = await createFixture()
  const { client } = fixture
  const answer = await client.embeddings.create({
    model: 'mine',
    input: ['a', 'b'],
    encoding_format: 'float',
  })
  assert.deepEqual(
    answer.data.map(({ embedding }) => embedding),
    [
      [3, 4],
      [3, 4],
    ],
  )
  assert.deepEqual(fixture.asked[0], { model: 'e1', input: ['a', 'b'], encoding_format: 'float' })
  const admin = new OpenAI({ baseURL: `${fixture.url}/v1`, adminAPIKey: fixture.apiKey })
  const used = async () => {
    const { data } = await admin.admin.organization.usage.embeddings({ start_time, group_by: ['model'] })
    return data
      .flatMap(({ results }) => results)
      .flatMap((one) => ('input_tokens' in one ? [[one.model, one.input_tokens]] : []))
  }
  await until(async () => (await used()).length > 0)
  assert.deepEqual(await used(), [['mine', 5]])
  await assert.rejects(client.embeddings.create({ model: 'lab/broken', input: 'a' }), {
    status: 400,
    param: 'input',
  })
})

test("OpenAI's names lead to the model of file search where nothing else has them", async () => {
  await using fixture = await createFixture()
  const create = (more: object) =>
    raw(fixture, 'POST', '/v1/embeddings', { model: 'text-embedding-3-small', input: 'a', ...more })
  const { data, model, usage } = (await create({})).json
  assert.deepEqual([model, usage], ['text-embedding-3-small', { prompt_tokens: 5, total_tokens: 5 }])
  // Vectors of file search have the length 1.
  assert.deepEqual(
    data[0].embedding.map((one: number) => Math.round(one * 10)),
    [6, 8],
  )
  const base64 = (await create({ encoding_format: 'base64', user: 'u', dimensions: null })).json.data[0]
    .embedding
  const { buffer, byteOffset } = Buffer.from(base64, 'base64')
  assert.deepEqual(
    [...new Float32Array(buffer.slice(byteOffset, byteOffset + 8))].map((one) => Math.round(one * 10)),
    [6, 8],
  )
  const refused = async (more: object) => {
    const { status, json: body } = await create(more)
    return [status, body.error.param]
  }
  assert.deepEqual(await refused({ dimensions: 512 }), [400, 'dimensions'])
  assert.deepEqual(await refused({ input: [1, 2, 3] }), [400, 'input[0]'])
  assert.deepEqual(await refused({ model: 'nobody' }), [404, 'model'])
})

test('embeddings that a key has asked for count for it, in costs, and in budgets', async () => {
  await using fixture = await createFixture()
  const admin = new OpenAI({
    baseURL: `${fixture.url}/v1`,
    adminAPIKey: fixture.server.adminKey,
    maxRetries: 0,
  }).admin.organization
  const money = { currency: 'USD', interval: 'month', threshold_amount: 2 } as const
  await admin.projects.spendLimit.update('default', money)
  const embed = () => fixture.client.embeddings.create({ model: 'mine', input: 'a' })
  await embed()
  await embed()
  await until(
    async () => (await admin.projects.spendLimit.retrieve('default')).enforcement.status !== 'inactive',
  )
  await assert.rejects(embed(), { status: 429, code: 'project_spend_limit_exceeded' })
  const [key] = (await admin.projects.apiKeys.list('default')).data
  const usage = await admin.usage.embeddings({ start_time, group_by: ['api_key_id'] })
  assert.partialDeepStrictEqual(
    usage.data.flatMap(({ results }) => results),
    [{ api_key_id: key?.id, input_tokens: 10, num_model_requests: 2, model: null }],
  )
  const ofOthers = await admin.usage.embeddings({ start_time, api_key_ids: ['key_of_nobody'] })
  assert.deepEqual(
    ofOthers.data.flatMap(({ results }) => results),
    [],
  )
  const costs = await admin.usage.costs({ start_time, group_by: ['line_item', 'api_key_id'] })
  assert.partialDeepStrictEqual(
    costs.data.flatMap(({ results }) => results),
    [{ line_item: 'mine, input_tokens', api_key_id: key?.id, quantity: 10, amount: { value: 0.02 } }],
  )
})

test('embeddings count against the limits a minute of their project, with the tokens that they took', async () => {
  await using fixture = await createFixture()
  const limits = (set: object) =>
    raw(fixture, 'POST', '/v1/organization/projects/default/limits', set, {
      authorization: `Bearer ${fixture.server.adminKey}`,
    })
  assert.equal((await limits({ max_tokens_per_1_minute: 10 })).status, 200)
  const embed = () => raw(fixture, 'POST', '/v1/embeddings', { model: 'mine', input: 'a' })
  const first = await embed()
  assert.deepEqual([first.status, first.headers.get('x-ratelimit-limit-tokens')], [200, '10'])
  // One comes back every six seconds.
  const { json: refused, headers } = await until(async () => {
    const answer = await embed()
    return answer.status === 429 && answer
  })
  assert.deepEqual([refused.error.type, refused.error.code], ['tokens', 'rate_limit_exceeded'])
  assert.ok(headers.get('retry-after'))
})

test('embeddings are a span of their caller, with the tokens that they took and none of their texts', async () => {
  await using receiver = await startOtlpReceiver()
  await using fixture = await createFixture(sendingTo(receiver))
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  const request = { model: 'mine', input: 'My secret is 42', encoding_format: 'float' as const }
  await fixture.client.embeddings.create(request, { headers: { traceparent } })
  const [span] = await receiver.named('embeddings e1')
  assert.deepEqual(
    [span?.traceId, span?.parentSpanId],
    ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'],
  )
  assert.partialDeepStrictEqual(span?.attributes, {
    'gen_ai.operation.name': 'embeddings',
    'gen_ai.usage.input_tokens': 5,
    'threadmill.project.id': 'default',
  })
  assert.doesNotMatch(JSON.stringify(receiver.spans), /secret/)
})
