import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import { createStoreFixture } from '../../test/store/fixture.ts'
import { until } from '../../test/runs.ts'
import { noLog } from '../common/log.ts'
import type { Database } from './database.ts'
import { leaseMs } from './leases.ts'
import { watchServers } from './watch-servers.ts'

test('what a dead server held is free soon, also where each write takes more than a second', async () => {
  await using s = await createStoreFixture()
  const { id } = await s.run()
  const hold = "update runs set lease_owner = 'dead', lease_until = ? where id = ?"
  await s.db.write((tx) => tx.run(hold, Date.now() + leaseMs, id))
  const write: Database['write'] = async (...given) => {
    await sleep(1_100)
    return s.db.write(...given)
  }
  // Nothing is known of its process, as of one on another machine.
  const lock = { id: 'here', lives: () => true, forEachDead: async () => {}, close() {} }
  const watch = watchServers({ db: { ...s.db, write }, lock, log: noLog })
  const read = () =>
    s.db.get<{ lease_owner: string | null; losses: number }>(
      'select lease_owner, losses from runs where id = ?',
      id,
    )
  await until(async () => (await read())?.lease_owner === null)
  await watch.close()
  assert.deepEqual({ ...(await read()) }, { lease_owner: null, losses: 1 })
})
