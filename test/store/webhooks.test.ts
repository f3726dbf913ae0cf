import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WebhookEventType } from '../../src/contract/webhooks.ts'
import { writeRun } from '../../src/store/runs.ts'
import type { Transaction } from '../../src/store/database.ts'
import { createStoreFixture } from './fixture.ts'

const insertEndpoint = (tx: Transaction, id: string, project: string, types: WebhookEventType[]) =>
  tx.run(
    `insert into webhook_endpoints (id, project, name, url, event_types, secret, of_settings, created_at, updated_at)
     values (?, ?, '', 'https://example.com', ?, 'whsec_', 0, 1, 1)`,
    id,
    project,
    JSON.stringify(types),
  )

test('the end of a run and what webhooks are told of it are one transaction', async () => {
  await using store = await createStoreFixture()
  const { db, log } = store
  await db.write(async (tx) => {
    await insertEndpoint(tx, 'whe_1', 'p', ['thread.run.completed'])
    await insertEndpoint(tx, 'whe_2', 'p', ['thread.run.failed', 'thread.run.requires_action'])
    await insertEndpoint(tx, 'whe_3', 'other', ['thread.run.completed'])
    await insertEndpoint(tx, 'whe_4', 'p', ['response.completed', 'thread.run.completed'])
  })
  const deliveries = () =>
    db.all<{ id: string; endpoint: string; body: string }>(
      'select id, endpoint, body from webhook_deliveries order by endpoint',
    )

  const run = await store.run()
  const broken = db.write(async (tx) => {
    await writeRun(tx, log, run, { moves: ['in_progress', 'completed'] })
    throw new Error('the transaction goes back')
  })
  await assert.rejects(broken, /goes back/)
  assert.deepEqual(await deliveries(), [])

  await db.write((tx) => writeRun(tx, log, run, { moves: ['in_progress', 'completed'] }))
  const [first, second, ...others] = await deliveries()
  assert.deepEqual([first?.endpoint, second?.endpoint, others], ['whe_1', 'whe_4', []])
  assert.equal(first?.id, second?.id)
  const { id, created_at, ...event } = JSON.parse(first?.body ?? '')
  assert.match(id, /^evt_/)
  assert.ok(created_at > 0)
  assert.deepEqual(event, {
    object: 'event',
    type: 'thread.run.completed',
    data: { id: run.id, thread_id: run.thread_id },
  })
})
