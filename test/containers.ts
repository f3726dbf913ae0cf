import { nowSeconds } from '../src/common/clock.ts'
import { openDatabaseOf } from './database.ts'
import type { TestServer } from './server.ts'

/** Makes a container one that was not active for too long, and expired so many seconds ago. */
export async function letExpire(
  { dataDir }: Pick<TestServer, 'dataDir'>,
  id: string,
  secondsAgo = 60,
): Promise<void> {
  const at = nowSeconds() - secondsAgo
  const db = await openDatabaseOf(dataDir)
  await db.write((tx) =>
    tx.run(
      'update containers set last_active_at = ? - minutes * 60, expires_at = ? where id = ?',
      at,
      at,
      id,
    ),
  )
  await db.close()
}
