import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createMetrics } from '../src/telemetry/metrics.ts'

const namesIn = (path: string) =>
  new Set(
    [...readFileSync(path, 'utf8').matchAll(/threadmill_[a-z_]+/g)].map(([name]) =>
      name.replace(/_(bucket|count|sum)$/, ''),
    ),
  )

test('the page on monitoring, the dashboard and the alerts name the numbers that there are', async () => {
  using metrics = createMetrics('0', {
    activeRuns: async () => ({}),
    filesToIndex: async () => 0,
    webhooks: async () => ({ waiting: 0, retrying: 0, failed: 0 }),
    sessions: () => 0,
    sessionMemory: async () => 0,
    places: () => ({ runs: { places: 1, taken: 0 }, files: { places: 1, taken: 0 } }),
  })
  const text = await metrics.text()
  const there = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name))
  assert.deepEqual(namesIn('docs/monitoring.md'), there)
  for (const path of ['deploy/monitoring/grafana-dashboard.json', 'deploy/monitoring/alerts.yaml']) {
    const unknown = [...namesIn(path)].filter((name) => !there.has(name))
    assert.deepEqual(unknown, [], path)
  }
})
