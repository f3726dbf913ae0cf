import type { Transaction } from './database.ts'

/** Keeps the place of something deleted, so that a client that deletes while it pages can go on. */
export async function bury(tx: Transaction, deleted: { id: string; seq: number }): Promise<void> {
  await tx.run('insert into tombstones (id, seq) values (?, ?)', deleted.id, deleted.seq)
}

/** The same for what can be deleted more than once under one id. */
export async function buryAgain(tx: Transaction, deleted: { id: string; seq: number }): Promise<void> {
  await tx.run(
    'insert into tombstones (id, seq) values (?, ?) on conflict (id) do update set seq = excluded.seq',
    deleted.id,
    deleted.seq,
  )
}
