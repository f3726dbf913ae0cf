import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import OpenAI from 'openai'
import { startOtlpReceiver } from '../otlp-receiver.ts'
import { apiKey, spawnMain, startServer, temporaryFolder, withoutDiscovery } from './child.ts'

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }
const quiet = {
  THREADMILL_CONFIG: withoutDiscovery,
  THREADMILL_CODE_INTERPRETER: 'off',
  THREADMILL_PORT: '0',
}

/** Looks for the SDK where nothing is installed. */
const withoutSdk = `import { registerHooks } from 'node:module'
registerHooks({
  resolve: (name, context, next) =>
    next(name, /^@opentelemetry[/]/.test(name) && !/prom-client/.test(context.parentURL)
      ? { ...context, parentURL: 'file:///' } : context),
})`

test('threadmill names the one command that installs the SDK of OpenTelemetry, where that is not there', async () => {
  using folder = temporaryFolder()
  const env = {
    ...quiet,
    THREADMILL_DATA_DIR: folder.path,
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(withoutSdk)}`,
  }
  await using server = spawnMain({ ...env, ...endpoint })
  assert.equal((await server.exited).code, 1)
  const clone = join(import.meta.dirname, '../..')
  assert.match(server.stderr, /OTEL_EXPORTER_OTLP_ENDPOINT is set, and the SDK .* is not installed/)
  assert.ok(server.stderr.includes(`npm install --no-save --save-prod --prefix ${clone} @opentelemetry/api@`))
})

test('threadmill does not look for the SDK where nothing is to be sent', async () => {
  using folder = temporaryFolder()
  await using server = await startServer(folder.path, {
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(withoutSdk)}`,
    OTEL_SERVICE_NAME: 'other-programs-too',
  })
  assert.equal((await fetch(`${server.url}/health`)).status, 200)
})

test('threadmill says before it starts what of the variables it cannot do', async () => {
  using folder = temporaryFolder()
  await using server = spawnMain({
    ...quiet,
    ...endpoint,
    THREADMILL_DATA_DIR: folder.path,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_TRACES_SAMPLER: 'xray',
  })
  assert.equal((await server.exited).code, 1)
  assert.match(
    server.stderr,
    /OTEL_EXPORTER_OTLP_PROTOCOL is "grpc"; it must be http\/protobuf or http\/json/,
  )
  assert.match(server.stderr, /OTEL_TRACES_SAMPLER is "xray"/)
})

test('a server that is stopped sends what it has', async () => {
  using folder = temporaryFolder()
  await using receiver = await startOtlpReceiver()
  await using server = await startServer(folder.path, {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    // They would be sent after five seconds.
    OTEL_BSP_SCHEDULE_DELAY: '3600000',
  })
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey })
  const assistant = await client.beta.assistants.create({ model: 'demo' })
  const thread = { messages: [{ role: 'user' as const, content: 'Hello' }] }
  const run = await client.beta.threads.createAndRunPoll({ assistant_id: assistant.id, thread })
  assert.equal(run.status, 'completed')
  assert.deepEqual(receiver.spans, [], 'they wait for others')
  server.signal('SIGTERM')
  assert.equal((await server.exited).code, 0)
  const names = new Set(receiver.spans.map(({ name }) => name))
  assert.deepEqual(names, new Set(['chat demo', 'invoke_agent', 'queue']))
  assert.ok(receiver.points.some(({ name }) => name === 'gen_ai.invoke_agent.duration'))
})
