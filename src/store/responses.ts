import type { ResponseRecord } from '../contract/responses/response.ts'
import type { Reader, Transaction } from './database.ts'
import { removeRun } from './remove-runs.ts'
import { storedRunById } from './runs.ts'

export async function responseById(
  db: Reader,
  project: string,
  id: string,
): Promise<ResponseRecord | undefined> {
  const run = await storedRunById(db, project, id)
  return run?.api === 'responses' ? (run as ResponseRecord) : undefined
}

/** Deletes a response. Those that go on with it then go on with what it went on with. */
export async function removeResponse(tx: Transaction, { id, seq, previous }: ResponseRecord): Promise<void> {
  await tx.run('update runs set previous = ? where previous = ?', previous, id)
  await removeRun(tx, seq)
}
