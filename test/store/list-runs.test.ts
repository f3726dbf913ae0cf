import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunStatus } from '../../src/contract/run-status.ts'
import { listAllRuns } from '../../src/store/list-runs.ts'
import { createStoreFixture } from './fixture.ts'

test('a run that is to be cancelled is found as cancelling, as it is shown', async () => {
  await using s = await createStoreFixture()
  const runs = { kept: await s.run(), stopped: await s.run() }
  await s.db.write(async (tx) => {
    await tx.run("update runs set status = 'in_progress'")
    await tx.run('update runs set cancel_requested = 1 where id = ?', runs.stopped.id)
  })
  const found = async (...status: RunStatus[]) => {
    const query = { limit: 20, order: 'asc' as const, created_at: {}, metadata: {}, status }
    const { data } = await listAllRuns(s.db, 'p', query)
    return data.map(({ id }) => (id === runs.kept.id ? 'kept' : 'stopped')).join(' ')
  }
  assert.equal(await found('cancelling'), 'stopped')
  assert.equal(await found('in_progress'), 'kept')
  assert.equal(await found('cancelling', 'in_progress'), 'kept stopped')
  assert.equal(await found('completed'), '')
})

test('the runs of another project are not listed', async () => {
  await using s = await createStoreFixture()
  await s.run()
  const { data } = await listAllRuns(s.db, 'q', { limit: 20, order: 'asc', created_at: {}, metadata: {} })
  assert.deepEqual(data, [])
})
