import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createMetrics } from '../src/telemetry/metrics.ts'

const namesIn = (path: string) =>
  new Set(
    [...readFileSync(path, 'utf8').matchAll(/threadmill_[a-z0-9_]+/g)].map(([name]) =>
      name.replace(/_(bucket|count|sum)$/, ''),
    ),
  )

const state = {
  activeRuns: async () => ({ queued: 1 }),
  filesToIndex: async () => 0,
  webhooks: async () => ({ waiting: 0, retrying: 0, failed: 0 }),
  sessions: () => 0,
  sessionMemory: async () => 0,
  places: () => ({ runs: { places: 1, taken: 0 }, files: { places: 1, taken: 0 } }),
}

test('the page on monitoring, the dashboard and the alerts name the numbers that there are', async () => {
  using metrics = createMetrics('0', state)
  const text = await metrics.text()
  const there = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name))
  assert.deepEqual(namesIn('docs/monitoring.md'), there)
  for (const path of ['deploy/monitoring/grafana-dashboard.json', 'deploy/monitoring/alerts.yaml']) {
    const unknown = [...namesIn(path)].filter((name) => !there.has(name))
    assert.deepEqual(unknown, [], path)
  }
})

/** What `promtool check metrics` finds fault with (prometheus/client_golang, promlint). */
const abbreviated = /_(s|ms|us|ns|sec|m|min|h|d|b|kb|mb|gb|tb|pb|bits?)(_|$)/
const notBaseUnits =
  /_(milliseconds|microseconds|nanoseconds|minutes|hours|days|weeks|kilobytes|megabytes|gigabytes|percent)(_|$)/

test('numbers are named as Prometheus asks for', async () => {
  using metrics = createMetrics('0', state)
  const now = Date.now()
  const run = { id: 'run_1', project: 'default' }
  metrics.request?.({ method: 'GET', route: '/v1/runs', status: 200, seconds: 1 } as never)
  metrics.runEnded?.(run as never, { status: 'completed' } as never)
  metrics.webhookTried?.('delivered')
  metrics.fileIndexed?.({ status: 'completed', started_at: now, ended_at: now } as never)
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }
  for (const type of ['model_turn', 'tool_call', 'retry'])
    metrics.span?.(
      { provider: 'p' } as never,
      {
        type,
        tool: 't',
        status: 'completed',
        started_at: now,
        first_token_at: now,
        ended_at: now,
        usage,
      } as never,
    )
  const text = await metrics.text()
  const types = new Map(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type]) => [name, type]),
  )
  assert.ok(types.size > 20)
  for (const [name, type] of types) {
    assert.match(text, new RegExp(`^# HELP ${name} [A-Z0-9]`, 'm'))
    assert.match(name, /^threadmill(_[a-z0-9]+)+$/)
    assert.equal(name.endsWith('_total'), type === 'counter', `${name} is a ${type}`)
    assert.doesNotMatch(name, /_(bucket|count|sum)$/)
    assert.doesNotMatch(name, /_(counter|gauge|histogram|summary)(_|$)/)
    assert.doesNotMatch(name, abbreviated)
    assert.doesNotMatch(name, notBaseUnits)
    const labels = [...text.matchAll(new RegExp(`^${name}(?:_bucket)?\\{(.*)\\} `, 'gm'))].flatMap(
      ([, found = '']) => [...found.matchAll(/(\w+)="/g)].map(([, label]) => label ?? ''),
    )
    if (type !== 'histogram') assert.ok(!labels.includes('le'), name)
    if (type !== 'summary') assert.ok(!labels.includes('quantile'), name)
    for (const label of labels) assert.match(label, /^[a-z]+(_[a-z]+)*$/, name)
  }
})

test('the dashboard and the alerts ask for labels that numbers have', async () => {
  const labels = new Set(readFileSync('src/telemetry/metrics.ts', 'utf8').match(/(?<=')[a-z_]+(?=')/g))
  const ofPrometheus = ['job', 'instance', 'le', 'alertname', 'severity']
  for (const path of ['deploy/monitoring/grafana-dashboard.json', 'deploy/monitoring/alerts.yaml']) {
    const text = readFileSync(path, 'utf8').replaceAll('\\"', '"')
    const asked = [
      ...[...text.matchAll(/threadmill_\w+\{([^}]*)\}/g)].flatMap(([, found = '']) =>
        [...found.matchAll(/(\w+)\s*(?:=|!)/g)].map(([, label]) => label ?? ''),
      ),
      ...[...text.matchAll(/ by \(([^)]*)\)/g)].flatMap(([, found = '']) => found.split(/,\s*/)),
    ]
    assert.ok(asked.length > 5, path)
    const unknown = asked.filter((label) => !labels.has(label) && !ofPrometheus.includes(label))
    assert.deepEqual(unknown, [], path)
  }
})
