import type { Reader, Transaction } from './database.ts'
import { accessChanged } from './signals.ts'

/**
 * Says that projects or keys have changed, so that every server reads them again. The row also makes such changes wait for
 * each other, so the version that a server reads is that of all changes before it.
 */
export async function changeAccess(tx: Transaction): Promise<void> {
  await tx.run(
    `insert into access_version (id, version) values ('access', 1)
     on conflict (id) do update set version = access_version.version + 1`,
  )
  tx.raise(accessChanged)
}

/** Grows with each change of projects and keys. */
export async function accessVersion(db: Reader): Promise<number> {
  return (
    (await db.get<{ version: number }>('select version from access_version where id = ?', 'access'))
      ?.version ?? 0
  )
}
