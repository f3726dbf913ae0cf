import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOtlpSettings } from './otlp-settings.ts'

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' }
const read = (env: Record<string, string>) => {
  const { telemetry, problems } = readOtlpSettings(env)
  assert.deepEqual(problems, [])
  return telemetry
}

test('nothing is sent without an endpoint, with the switch of the SDK, and without exporters', () => {
  for (const env of [
    {},
    { OTEL_SERVICE_NAME: 'x', OTEL_TRACES_SAMPLER: 'nonsense' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' },
    { ...endpoint, OTEL_SDK_DISABLED: 'TRUE' },
    { ...endpoint, OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' },
  ])
    assert.equal(read(env), undefined)
})

test('an endpoint for all is the folder of the paths, and that of a signal is the whole address', () => {
  assert.equal(read(endpoint)?.traces?.url, 'http://collector:4318/v1/traces')
  assert.equal(read(endpoint)?.metrics?.url, 'http://collector:4318/v1/metrics')
  const own = read({ ...endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example/in' })
  assert.equal(own?.traces?.url, 'https://traces.example/in')
  assert.equal(own?.metrics?.url, 'http://collector:4318/v1/metrics')
  const only = read({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example/in' })
  assert.equal(only?.metrics, undefined)
})

test('what is said of a signal comes before what is said of all', () => {
  const telemetry = read({
    ...endpoint,
    OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%3Db, team = x',
    OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'team=y',
    OTEL_EXPORTER_OTLP_TIMEOUT: '500',
    OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '700',
    OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/json',
  })
  assert.deepEqual(telemetry?.traces?.headers, { 'api-key': 'a=b', team: 'x' })
  assert.deepEqual(telemetry?.metrics?.headers, { 'api-key': 'a=b', team: 'y' })
  assert.deepEqual([telemetry?.traces?.timeoutMs, telemetry?.metrics?.timeoutMs], [700, 500])
  assert.deepEqual(
    [telemetry?.traces?.protocol, telemetry?.metrics?.protocol],
    ['http/protobuf', 'http/json'],
  )
})

test('the service has a name, that of its own variable before that of the attributes', () => {
  assert.deepEqual(read(endpoint)?.resource, { 'service.name': 'threadmill' })
  const attributes = { ...endpoint, OTEL_RESOURCE_ATTRIBUTES: 'service.name=a,deployment.environment.name=b' }
  assert.deepEqual(read(attributes)?.resource, { 'service.name': 'a', 'deployment.environment.name': 'b' })
  assert.equal(read({ ...attributes, OTEL_SERVICE_NAME: 'c' })?.resource['service.name'], 'c')
})

test('samplers are those of the standard that need nobody else', () => {
  for (const [name, argument, parentBased, ratio] of [
    ['', '', true, 1],
    ['always_on', '', false, 1],
    ['parentbased_always_off', '', true, 0],
    ['traceidratio', '0.25', false, 0.25],
    ['parentbased_traceidratio', '', true, 1],
  ] as const)
    assert.deepEqual(
      read({ ...endpoint, OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: argument })?.sampler,
      { parentBased, ratio },
    )
})

test('what is not supported is refused, with what would be, and without a secret', () => {
  for (const [env, said] of [
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /PROTOCOL is "grpc"; it must be http\/protobuf or http\/json/],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' }, /must be an http or https address/],
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, /OTEL_TRACES_EXPORTER is "zipkin"; it must be "otlp" or "none"/],
    [{ OTEL_LOGS_EXPORTER: 'otlp' }, /OTEL_LOGS_EXPORTER .* must be "none"/],
    [{ OTEL_PROPAGATORS: 'b3' }, /OTEL_PROPAGATORS is "b3"; it must be "tracecontext" or "none"/],
    [{ OTEL_TRACES_SAMPLER: 'jaeger_remote' }, /OTEL_TRACES_SAMPLER is "jaeger_remote"/],
    [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' }, /a number from 0 to 1/],
    [{ OTEL_EXPORTER_OTLP_TIMEOUT: 'soon' }, /OTLP_TIMEOUT is "soon"; it must be a whole number/],
    [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'br' }, /must be "gzip" or "none"/],
    [{ OTEL_EXPORTER_OTLP_CERTIFICATE: '/nowhere.pem' }, /\/nowhere.pem cannot be read \(ENOENT\)/],
    [{ OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'x' }, /cumulative, delta, lowmemory/],
    [{ OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'EVENT_ONLY' }, /SPAN_ONLY or NO_CONTENT/],
    [{ OTEL_CONFIG_FILE: 'x.yaml' }, /OTEL_CONFIG_FILE is not supported/],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'topsecret' }, /^OTEL_EXPORTER_OTLP_HEADERS must be name=value/],
  ] as const) {
    const { problems } = readOtlpSettings({ ...endpoint, ...env })
    assert.match(problems.join('\n'), said)
    assert.doesNotMatch(problems.join('\n'), /topsecret/)
  }
})
