import { randomBytes } from 'node:crypto'
import type { Database } from './database.ts'

/** The key of all servers on this database, with which is sealed what callers keep. The first that needs it makes it. */
export async function sealingKey(db: Pick<Database, 'get' | 'write'>): Promise<Buffer> {
  const read = () => db.get<{ key: string }>('select key from sealing_keys where id = ?', current)
  const found =
    (await read()) ??
    (await db.write(async (tx) => {
      const made = randomBytes(32).toString('base64')
      await tx.run(
        'insert into sealing_keys (id, key) values (?, ?) on conflict (id) do nothing',
        current,
        made,
      )
    }),
    await read())
  return Buffer.from(found?.key ?? '', 'base64')
}

const current = 'current'
