import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite, test } from 'node:test'
import { noLog } from '../common/log.ts'
import { CircuitOpen, NoAnswerInTime } from './circuit-breaker.ts'
import { EmbeddingFailure } from './embedder.ts'
import { readEmbeddingSettings } from './embedding-settings.ts'
import { openEmbedder } from './embedders.ts'
import { guardEmbedder, guardReranker } from './guarded.ts'
import { openReranker } from './rerank.ts'
import { serverEmbedder } from './server-embedder.ts'

type Answer = (
  body: { input: string[]; documents: string[] },
  response: ServerResponse,
  call: number,
) => unknown

/** A provider that answers with the result of `answer`. When that is undefined, `answer` has responded itself. */
async function fakeServer(answer: Answer) {
  const calls: { path: string; authorization: string | undefined; body: Record<string, unknown> }[] = []
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    void (async () => {
      let text = ''
      for await (const chunk of request) text += String(chunk)
      const body = JSON.parse(text)
      calls.push({ path: request.url ?? '', authorization: request.headers.authorization, body })
      const given = answer(body, response, calls.length)
      if (given !== undefined)
        response.setHeader('content-type', 'application/json').end(JSON.stringify(given))
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    calls,
    baseUrl: `http://127.0.0.1:${port}/v1`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const vectorsOf = (input: string[]) => ({
  data: input.map((text, index) => ({ index, embedding: [text.length, 1] })).toReversed(),
})
const refuse = (response: ServerResponse, status: number, headers = {}) =>
  void response.writeHead(status, headers).end('{"error":{"message":"no"}}')
const signal = new AbortController().signal
const quick = { name: 'fake/m', model: 'm', firstWaitMs: 1 }

suite('an embedder over the OpenAI wire', () => {
  test('asks in batches and gives vectors of length 1 in the order of the texts', async () => {
    await using server = await fakeServer(({ input }) => vectorsOf(input))
    const embedder = serverEmbedder({ ...quick, baseUrl: server.baseUrl, apiKey: 'secret', maxBatch: 2 })
    const vectors = await embedder.embed(['a', 'bb', 'ccc', '', 'eeeee'], 'document', signal)
    assert.deepEqual(
      server.calls.map(({ body }) => body['input']),
      [['a', 'bb'], ['ccc', '-'], ['eeeee']],
    )
    assert.deepEqual(server.calls[0]?.path, '/v1/embeddings')
    assert.equal(server.calls[0]?.authorization, 'Bearer secret')
    const ratios = vectors.map(([x = 0, y = 0]) => Math.round(x / y))
    assert.deepEqual(ratios, [1, 2, 3, 1, 5])
    for (const [x = 0, y = 0] of vectors) assert.ok(Math.abs(x * x + y * y - 1) < 1e-5)
    assert.equal(embedder.dimensions, 2)
  })

  test('tries again when it is told to wait, and when the server fails', async () => {
    await using server = await fakeServer(({ input }, response, call) =>
      call === 1
        ? refuse(response, 429, { 'retry-after': '0' })
        : call === 2
          ? refuse(response, 503)
          : call === 3
            ? void response.destroy()
            : vectorsOf(input),
    )
    const embedder = serverEmbedder({ ...quick, baseUrl: server.baseUrl })
    assert.equal((await embedder.embed(['a'], 'document', signal)).length, 1)
    assert.equal(server.calls.length, 4)
  })

  test('halves what is too much at once, and at last the text', async () => {
    await using server = await fakeServer(({ input }, response) =>
      input.length > 2 || input.some((text) => text.length > 300) ? refuse(response, 400) : vectorsOf(input),
    )
    const embedder = serverEmbedder({ ...quick, baseUrl: server.baseUrl })
    const texts = ['x'.repeat(1000), 'b', 'c', 'd', 'e']
    const vectors = await embedder.embed(texts, 'document', signal)
    assert.deepEqual(
      vectors.map(([x = 0, y = 0]) => Math.round(x / y)),
      [250, 1, 1, 1, 1],
    )
  })

  test('gives up on what no retry mends, without the key or the text in the error', async () => {
    await using server = await fakeServer((_, response) => refuse(response, 401))
    const embedder = serverEmbedder({ ...quick, baseUrl: server.baseUrl, apiKey: 'secret-key' })
    const failure = await embedder.embed(['my text'], 'document', signal).catch((error: unknown) => error)
    assert.ok(failure instanceof EmbeddingFailure && !failure.retryable)
    assert.doesNotMatch(`${failure.message} ${failure.stack}`, /secret-key|my text/)
    assert.equal(server.calls.length, 1)
  })

  test('refuses an answer without a vector for each text, or of another length', async () => {
    await using server = await fakeServer(({ input }, _, call) =>
      call === 1
        ? { data: [] }
        : call === 2
          ? vectorsOf(input)
          : { data: [{ index: 0, embedding: [1, 2, 3] }] },
    )
    const embedder = serverEmbedder({ ...quick, baseUrl: server.baseUrl })
    await assert.rejects(embedder.embed(['a'], 'document', signal), /one vector per text/)
    await embedder.embed(['a'], 'document', signal)
    await assert.rejects(embedder.embed(['a'], 'document', signal), /another length/)
  })

  test('asks once for a query, about whose time its caller decides', async () => {
    await using server = await fakeServer((_, response) => refuse(response, 503))
    const embedder = serverEmbedder({ ...quick, baseUrl: server.baseUrl })
    await assert.rejects(embedder.embed(['a'], 'query', signal), EmbeddingFailure)
    assert.equal(server.calls.length, 1)
  })

  test('guarded, it is given one more try and a time, and then left alone; documents are not limited', async () => {
    await using server = await fakeServer(({ input }, response, call) =>
      call <= 2 ? refuse(response, 503) : vectorsOf(input),
    )
    const logged: string[] = []
    const embedder = guardEmbedder(serverEmbedder({ ...quick, baseUrl: server.baseUrl }), {
      timeoutMs: 60_000,
      log: (_, fact) => logged.push(fact),
    })
    await assert.rejects(embedder.embed(['a'], 'query', signal), EmbeddingFailure)
    assert.equal(server.calls.length, 2)
    for (let time = 0; time < 3; time++)
      await assert.rejects(embedder.embed(['a'], 'query', signal), CircuitOpen)
    assert.equal(server.calls.length, 2)
    assert.equal((await embedder.embed(['a', 'b'], 'document', signal)).length, 2)
    assert.deepEqual(logged, ['search_goes_without'])
  })

  test('stops when it is aborted', async () => {
    await using server = await fakeServer(() => undefined)
    const abort = new AbortController()
    const embedder = serverEmbedder({ ...quick, baseUrl: server.baseUrl })
    const waiting = embedder.embed(['a'], 'document', abort.signal)
    abort.abort(new Error('enough'))
    await assert.rejects(waiting, /enough/)
  })
})

suite('the settings of search', () => {
  const providers = [
    { name: 'openai', type: 'openai' as const, apiKey: 'k', models: {} },
    { name: 'claude', type: 'anthropic' as const, apiKey: 'k', models: {} },
  ]
  const read = (file: unknown, env = {}) => readEmbeddingSettings(file, env, providers)

  test('name a model of a provider, an address, or the local model', () => {
    assert.deepEqual(read({}), { settings: {}, problems: [] })
    assert.deepEqual(read({ embedding: 'local' }).settings.embedding, { type: 'local' })
    const named = read({ embedding: 'openai/text-embedding-3-small' }).settings.embedding
    assert.equal(openEmbedder(named)?.name, 'openai/text-embedding-3-small')
    const server = { base_url: 'http://127.0.0.1:9/v1/', model: 'm', api_key_env: 'KEY' }
    const { settings, problems } = read(
      { embedding: { ...server, dimensions: 256 }, reranker: server },
      { KEY: 'k' },
    )
    assert.deepEqual(problems, [])
    assert.equal(openEmbedder(settings.embedding)?.name, '127.0.0.1:9/m@256')
    assert.deepEqual(settings.reranker, { baseUrl: 'http://127.0.0.1:9/v1', model: 'm', apiKey: 'k' })
  })

  test('say what is wrong with them', () => {
    const problems = [
      { embedding: 'nobody/x' },
      { embedding: 'claude/x' },
      { embedding: 'x' },
      { embedding: { base_url: 'file:///x', model: 'm' } },
      { embedding: { base_url: 'http://x', model: 'm', api_key_env: 'NONE' } },
      { embedding: { base_url: 'http://x', model: 'm', timeout_ms: 5 } },
      { reranker: 'x' },
    ].map((file) => read(file).problems.length)
    assert.deepEqual(problems, [1, 1, 1, 1, 1, 1, 1])
    assert.throws(() => openEmbedder({ type: 'local' }), /threadmill setup/)
  })
})

suite('a reranker', () => {
  test('reads the answers of all servers of that shape', async () => {
    const shapes = [
      (index: number, score: number) => ({ results: [{ index, relevance_score: score }] }),
      (index: number, score: number) => ({ data: [{ index, relevance_score: score }] }),
      (index: number, score: number) => [{ index, score }],
    ]
    for (const shape of shapes) {
      await using server = await fakeServer(() => shape(1, 0.7))
      const reranker = openReranker({ baseUrl: server.baseUrl, model: 'r' })
      assert.deepEqual(await reranker.rerank('q', ['a', 'b'], signal), [0, 0.7])
      assert.deepEqual(server.calls[0]?.body, { model: 'r', query: 'q', documents: ['a', 'b'] })
    }
  })

  test('makes values of 0 to 1 of logits, and fails when there is no answer', async () => {
    await using server = await fakeServer((_, response, call) =>
      call === 1
        ? {
            results: [
              { index: 0, score: -3 },
              { index: 1, score: 4 },
            ],
          }
        : refuse(response, 400),
    )
    const reranker = guardReranker(openReranker({ baseUrl: server.baseUrl, model: 'r' }), {
      timeoutMs: 60_000,
      log: noLog,
    })
    const [low = 0, high = 0] = await reranker.rerank('q', ['a', 'b'], signal)
    assert.ok(low > 0 && low < 0.1 && high > 0.9 && high < 1)
    // It is called twice, because an answer about the request must not open the circuit.
    for (let time = 0; time < 2; time++)
      await assert.rejects(reranker.rerank('q', ['a'], signal), /answered 400/)
  })

  test('that never answers is given up in time and then left alone', async () => {
    await using server = await fakeServer(() => undefined)
    const open = openReranker({ baseUrl: server.baseUrl, model: 'r' })
    const reranker = guardReranker(open, { timeoutMs: 200, log: noLog })
    await assert.rejects(reranker.rerank('q', ['a'], signal), NoAnswerInTime)
    await assert.rejects(reranker.rerank('q', ['a'], signal), CircuitOpen)
    assert.equal(server.calls.length, 1)
  })
})
