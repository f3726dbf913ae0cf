import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import OpenAI from 'openai'
import { scripted, type Script } from '../../src/models/scripted.ts'
import type { OwnTool } from '../../src/tools/own-tool.ts'
import { temporaryFolder } from '../acceptance/child.ts'
import { startFakeUpstream } from '../fake-upstream.ts'
import { sendingTo, startOtlpReceiver } from '../otlp-receiver.ts'
import { startTestServer } from '../server.ts'

const caller = {
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  tracestate: 'congo=t61rcWkgMzE',
}
const [, callersTrace, callersSpan] = caller.traceparent.split('-')

/** Variables with which a server sends to the receiver at once. */
const dice: OwnTool = {
  type: 'dice',
  description: 'Throws a dice.',
  parameters: { type: 'object', properties: {} },
  run: () => 'A four, which is a secret.',
}

const script: Script = [
  { toolCalls: [{ name: 'dice', arguments: { sides: 6 } }], usage: { input: 100, output: 10 } },
  { text: 'You threw a four.', usage: { input: 200, output: 20 } },
]

async function createFixture({
  turns = script,
  env = {},
  dataDir,
}: {
  turns?: Script
  env?: Record<string, string>
  dataDir?: string
}) {
  const server = await startTestServer({
    models: { scripted: scripted(turns) },
    tools: [dice],
    env,
    ...(dataDir !== undefined && { dataDir }),
  })
  const { beta } = server.client
  return {
    ...server,
    async finish({
      tools = [{ type: 'dice' }],
      headers = {},
    }: { tools?: object[]; headers?: Record<string, string> } = {}) {
      const assistant = await beta.assistants.create({ model: 'scripted', tools: tools as never })
      const thread = { messages: [{ role: 'user' as const, content: 'Throw it, my secret is 42' }] }
      return beta.threads.createAndRunPoll(
        { assistant_id: assistant.id, thread },
        { headers, pollIntervalMs: 20 },
      )
    },
  }
}

suite('traces and numbers, sent by OTLP', { timeout: 300_000 }, () => {
  test('a run is one trace, which continues that of its caller', async () => {
    await using receiver = await startOtlpReceiver()
    await using server = await createFixture({
      env: sendingTo(receiver, {
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test,team=a%20b',
        OTEL_EXPORTER_OTLP_HEADERS: 'x-key=secret%3D1',
        OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      }),
    })
    const run = await server.finish({ headers: caller })
    assert.equal(run.status, 'completed')
    const [whole] = await receiver.named('invoke_agent')
    const chats = await receiver.named('chat scripted', 2)
    const [queue] = await receiver.named('queue')
    const [tool] = await receiver.named('execute_tool dice')
    assert.ok(whole && queue && tool)
    const all = [queue, ...chats, tool]
    assert.deepEqual(new Set([whole, ...all].map(({ traceId }) => traceId)), new Set([callersTrace]))
    assert.equal(whole.parentSpanId, callersSpan)
    assert.equal(whole.traceState, caller.tracestate)
    assert.deepEqual(new Set(all.map(({ parentSpanId }) => parentSpanId)), new Set([whole.spanId]))
    for (const span of all) assert.ok(span.began >= whole.began && span.ended <= whole.ended, span.name)

    assert.deepEqual(whole.attributes, {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.provider.name': 'scripted',
      'gen_ai.request.model': 'scripted',
      'gen_ai.agent.id': run.assistant_id,
      'gen_ai.conversation.id': run.thread_id,
      'threadmill.run.id': run.id,
      'threadmill.project.id': 'default',
      'threadmill.run.status': 'completed',
      'gen_ai.request.temperature': 1,
      'gen_ai.request.top_p': 1,
      'gen_ai.output.type': 'text',
      'gen_ai.usage.input_tokens': 300,
      'gen_ai.usage.output_tokens': 30,
      'gen_ai.usage.cache_read.input_tokens': 0,
      'gen_ai.usage.reasoning.output_tokens': 0,
    })
    const [first, second] = chats.toSorted((one, other) => one.began - other.began)
    assert.equal(first?.kind, 3, 'a client of the model')
    assert.equal(first?.attributes['gen_ai.operation.name'], 'chat')
    assert.deepEqual(first?.attributes['gen_ai.response.finish_reasons'], ['tool_call'])
    assert.deepEqual(second?.attributes['gen_ai.response.finish_reasons'], ['stop'])
    assert.equal(second?.attributes['gen_ai.usage.input_tokens'], 200)
    assert.ok(Number(second?.attributes['gen_ai.response.time_to_first_chunk']) >= 0)
    assert.equal(tool.attributes['gen_ai.tool.name'], 'dice')
    assert.match(String(tool.attributes['gen_ai.tool.call.id']), /^call_/)

    const { resource } = whole
    assert.equal(resource['service.name'], 'threadmill')
    assert.match(String(resource['service.version']), /^\d+\./)
    assert.equal(resource['deployment.environment.name'], 'test')
    assert.equal(resource['team'], 'a b')
    const [request] = receiver.requests
    assert.equal(request?.headers['x-key'], 'secret=1')
    assert.equal(request?.headers['content-encoding'], 'gzip')
    assert.equal(request?.headers['content-type'], 'application/x-protobuf')
    assert.ok(!JSON.stringify(receiver.spans).includes('secret'), 'no words of the conversation')
  })

  test('the numbers of the conventions are sent, here as JSON', async () => {
    await using receiver = await startOtlpReceiver()
    await using server = await createFixture({
      env: sendingTo(receiver, {
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'cumulative',
      }),
    })
    await server.finish()
    assert.equal((await receiver.named('chat scripted', 2)).length, 2)
    const is = async (name: string, attributes: Record<string, unknown>, count: number, sum?: number) => {
      for (;;) {
        const points = await receiver.measured(name)
        const last = points.findLast((one) =>
          Object.entries(attributes).every(([key, value]) => one.attributes[key] === value),
        )
        if (last?.count === count && (sum === undefined || last.sum === sum)) return last
        await sleep(20)
      }
    }
    const about = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'scripted' }
    const input = await is('gen_ai.client.token.usage', { ...about, 'gen_ai.token.type': 'input' }, 2, 300)
    assert.equal(input.unit, '{token}')
    await is('gen_ai.client.token.usage', { ...about, 'gen_ai.token.type': 'output' }, 2, 30)
    const duration = await is('gen_ai.client.operation.duration', about, 2)
    assert.equal(duration.unit, 's')
    await is('gen_ai.client.operation.time_to_first_chunk', about, 2)
    await is('gen_ai.execute_tool.duration', { 'gen_ai.tool.name': 'dice' }, 1)
    await is('gen_ai.invoke_agent.duration', { 'threadmill.run.status': 'completed' }, 1)
    assert.equal(receiver.requests[0]?.headers['content-type'], 'application/json')
  })

  test('what was said is sent where the operator asks for it', async () => {
    await using receiver = await startOtlpReceiver()
    await using server = await createFixture({
      env: sendingTo(receiver, { OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'SPAN_ONLY' }),
    })
    await server.finish()
    const chats = await receiver.named('chat scripted', 2)
    const [tool] = await receiver.named('execute_tool dice')
    const [first, second] = chats.toSorted((one, other) => one.began - other.began)
    const json = (span: typeof first, name: string) => JSON.parse(String(span?.attributes[name]))
    const [asked] = json(first, 'gen_ai.input.messages')
    assert.deepEqual(asked, {
      role: 'user',
      parts: [{ type: 'text', content: 'Throw it, my secret is 42' }],
    })
    assert.equal(json(first, 'gen_ai.tool.definitions')[0].name, 'dice')
    const [call] = json(first, 'gen_ai.output.messages')
    assert.equal(call.finish_reason, 'tool_call')
    assert.equal(call.parts[0].name, 'dice')
    const [, , result] = json(second, 'gen_ai.input.messages')
    assert.equal(result.role, 'tool')
    assert.equal(result.parts[0].type, 'tool_call_response')
    assert.deepEqual(json(second, 'gen_ai.output.messages'), [
      { role: 'assistant', parts: [{ type: 'text', content: 'You threw a four.' }], finish_reason: 'stop' },
    ])
    assert.equal(tool?.attributes['gen_ai.tool.call.result'], 'A four, which is a secret.')
    assert.deepEqual(JSON.parse(String(tool?.attributes['gen_ai.tool.call.arguments'])), { sides: 6 })
  })

  test('a provider is handed the trace in the headers of each request', async () => {
    await using receiver = await startOtlpReceiver()
    await using upstream = await startFakeUpstream({ reply: { tokens: ['Hi'] } })
    await using server = await startTestServer({
      env: sendingTo(receiver, { OPENAI_BASE_URL: `${upstream.url}/v1` }),
    })
    const { beta } = server.client
    const assistant = await beta.assistants.create({ model: 'fake' })
    const thread = { messages: [{ role: 'user' as const, content: 'Hello' }] }
    const run = await beta.threads.createAndRunPoll(
      { assistant_id: assistant.id, thread },
      { headers: caller, pollIntervalMs: 20 },
    )
    assert.equal(run.status, 'completed')
    const [chat] = await receiver.named('chat fake')
    const asked = upstream.requests.find(({ path }) => path.endsWith('/chat/completions'))
    assert.equal(asked?.headers['traceparent'], `00-${callersTrace}-${chat?.spanId}-01`)
    assert.equal(asked?.headers['tracestate'], caller.tracestate)
    assert.equal(chat?.attributes['server.address'], '127.0.0.1')
    assert.equal(chat?.attributes['server.port'], upstream.port)
  })

  test('a chat completion is a span of its caller, whose provider is handed it', async () => {
    await using receiver = await startOtlpReceiver()
    const usage = { prompt_tokens: 7, completion_tokens: 3 }
    await using upstream = await startFakeUpstream({ reply: { tokens: ['Hi', '.'], usage } })
    await using server = await startTestServer({
      env: sendingTo(receiver, { OPENAI_BASE_URL: `${upstream.url}/v1` }),
    })
    const { completions } = server.client.chat
    const request = { model: 'fake', messages: [{ role: 'user' as const, content: 'My secret is 42' }] }
    await completions.create(request, { headers: caller })
    const [whole] = await receiver.named('chat fake')
    assert.deepEqual([whole?.traceId, whole?.parentSpanId, whole?.kind], [callersTrace, callersSpan, 3])
    const asked = upstream.requests.filter(({ path }) => path.endsWith('/chat/completions'))
    assert.equal(asked[0]?.headers['traceparent'], `00-${callersTrace}-${whole?.spanId}-01`)
    assert.partialDeepStrictEqual(whole?.attributes, {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'fake',
      'gen_ai.usage.input_tokens': 7,
      'gen_ai.usage.output_tokens': 3,
      'threadmill.project.id': 'default',
    })
    for await (const _chunk of await completions.create({ ...request, stream: true }));
    const [, streamed] = await receiver.named('chat fake', 2)
    assert.equal(streamed?.parentSpanId ?? '', '')
    assert.ok(Number(streamed?.attributes['gen_ai.response.time_to_first_chunk']) >= 0)
    assert.ok((await receiver.measured('gen_ai.client.operation.duration')).length > 0)
    assert.doesNotMatch(JSON.stringify(receiver.spans), /secret/)
  })

  test('a run goes on in the same trace after its caller has answered, on a server that was started since', async () => {
    using folder = temporaryFolder()
    await using receiver = await startOtlpReceiver()
    const env = sendingTo(receiver)
    const turns: Script = [{ toolCalls: [{ name: 'ask', arguments: '{}' }] }, { text: 'Thanks.' }]
    const ask = {
      type: 'function',
      function: { name: 'ask', parameters: { type: 'object', properties: {} } },
    }
    const before = await createFixture({ turns, env, dataDir: folder.path })
    const run = await before.finish({ tools: [ask], headers: caller })
    assert.equal(run.status, 'requires_action')
    await before[Symbol.asyncDispose]()
    await using server = await createFixture({ turns: turns.slice(1), env, dataDir: folder.path })
    const [call] = run.required_action?.submit_tool_outputs.tool_calls ?? []
    await server.client.beta.threads.runs.submitToolOutputsAndPoll(run.id, {
      thread_id: run.thread_id,
      tool_outputs: [{ tool_call_id: call?.id ?? '', output: 'x' }],
    })
    const [whole] = await receiver.named('invoke_agent')
    const chats = await receiver.named('chat scripted', 2)
    assert.equal(whole?.parentSpanId, callersSpan)
    assert.equal(receiver.spans.filter(({ name }) => name === 'invoke_agent').length, 1)
    assert.equal(new Set(chats.map(({ spanId }) => spanId)).size, 2)
    for (const { traceId, parentSpanId } of chats)
      assert.deepEqual([traceId, parentSpanId], [callersTrace, whole?.spanId])
  })

  test('a failed run and turn say of what class the error was, and a run that waited has its end', async () => {
    await using receiver = await startOtlpReceiver()
    const turns: Script = [{ error: { status: 400, message: 'The prompt with a secret is refused' } }]
    await using server = await createFixture({ turns, env: sendingTo(receiver) })
    const run = await server.finish({ tools: [] })
    assert.equal(run.status, 'failed')
    const [whole] = await receiver.named('invoke_agent')
    const [chat] = await receiver.named('chat scripted')
    for (const span of [whole, chat]) {
      assert.equal(span?.status.code, 2)
      assert.equal(span?.attributes['error.type'], run.last_error?.code)
    }
    assert.ok(!JSON.stringify(receiver.spans).includes('secret'))
  })

  test('a run that its caller cancels while it waits for him ends its trace', async () => {
    await using receiver = await startOtlpReceiver()
    const turns: Script = [{ toolCalls: [{ name: 'ask', arguments: '{}' }] }]
    await using server = await createFixture({ turns, env: sendingTo(receiver) })
    const ask = {
      type: 'function',
      function: { name: 'ask', parameters: { type: 'object', properties: {} } },
    }
    const run = await server.finish({ tools: [ask] })
    await server.client.beta.threads.runs.cancel(run.id, { thread_id: run.thread_id })
    const [whole] = await receiver.named('invoke_agent')
    assert.equal(whole?.attributes['threadmill.run.status'], 'cancelled')
    assert.equal(whole?.status.code ?? 0, 0)
  })

  test('a file of a vector store is a trace of its own, with its stages', async () => {
    await using receiver = await startOtlpReceiver()
    await using server = await createFixture({ env: sendingTo(receiver) })
    const store = await server.client.vectorStores.create({})
    const content = new File(['The harbour opens at seven.'], 'facts.txt')
    const file = await server.client.vectorStores.files.uploadAndPoll(store.id, content)
    const [whole] = await receiver.named('index_file')
    assert.equal(whole?.attributes['threadmill.file.id'], file.id)
    assert.equal(whole?.attributes['gen_ai.data_source.id'], store.id)
    assert.equal(whole?.attributes['threadmill.file.status'], 'completed')
    const [indexing] = await receiver.named('indexing')
    assert.deepEqual([indexing?.traceId, indexing?.parentSpanId], [whole?.traceId, whole?.spanId])
  })

  test('a sampler of the operator leaves traces out, and tells providers so', async () => {
    await using receiver = await startOtlpReceiver()
    await using server = await createFixture({
      env: sendingTo(receiver, { OTEL_TRACES_SAMPLER: 'always_off' }),
    })
    await server.finish({ headers: caller })
    await receiver.measured('gen_ai.invoke_agent.duration')
    assert.deepEqual(receiver.spans, [])
  })

  test('a collector that never answers, or is not there, keeps no run and no end of the server waiting', async () => {
    const never = Promise.withResolvers<number>()
    await using receiver = await startOtlpReceiver(() => never.promise)
    for (const endpoint of [receiver.endpoint, 'http://127.0.0.1:9']) {
      const lines: string[] = []
      const server = await startTestServer({
        models: { scripted: scripted(script) },
        tools: [dice],
        env: sendingTo({ endpoint }, { OTEL_EXPORTER_OTLP_TIMEOUT: '60000' }),
        log: (level, fact) => void lines.push(`${level} ${fact}`),
      })
      const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: server.apiKey })
      const assistant = await client.beta.assistants.create({ model: 'scripted' })
      const thread = { messages: [{ role: 'user' as const, content: 'Hello' }] }
      const run = await client.beta.threads.createAndRunPoll({ assistant_id: assistant.id, thread })
      assert.equal(run.status, 'completed')
      const closing = performance.now()
      await server[Symbol.asyncDispose]()
      assert.ok(performance.now() - closing < 45_000, 'it does not wait for the minute of the settings')
    }
    never.resolve(503)
  })

  test('the log says when a collector refuses what is sent, and when it takes it again', async () => {
    let status = 400
    await using receiver = await startOtlpReceiver(() => status)
    const lines: unknown[][] = []
    const told = (fact: string) => lines.filter(([, one]) => one === fact)
    await using server = await startTestServer({
      models: { scripted: scripted(script) },
      env: sendingTo(receiver, { OTEL_METRICS_EXPORTER: 'none' }),
      log: (...line) => void lines.push(line),
    })
    const index = async () => {
      const store = await server.client.vectorStores.create({})
      await server.client.vectorStores.files.uploadAndPoll(store.id, new File(['Facts.'], 'facts.txt'))
    }
    await index()
    while (told('telemetry cannot be sent').length === 0) await sleep(10)
    status = 200
    await index()
    while (told('telemetry is sent again').length === 0) await sleep(10)
    assert.deepEqual(told('telemetry cannot be sent'), [
      ['warn', 'telemetry cannot be sent', { signal: 'traces', reason: '400' }],
    ])
    assert.equal(receiver.points.length, 0)
  })
})
