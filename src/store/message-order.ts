import type { MessageBody } from '../contract/messages.ts'
import type { Transaction } from './database.ts'

const pageSize = 500

/**
 * Sorts the messages of a thread by their times after an import has added older ones. The messages from the first wrong
 * position on are inserted again, because the order is that of insertion.
 */
export async function sortMessages(tx: Transaction, project: string, threadId: string): Promise<void> {
  await tx.lock('threads', threadId)
  const current = await placesAndTimes(tx, project, threadId)
  const sorted = current.toSorted((one, other) => one.createdAt - other.createdAt)
  const firstWrong = current.findIndex(({ seq }, index) => sorted[index]?.seq !== seq)
  if (firstWrong < 0) return
  for (const { seq } of sorted.slice(firstWrong)) {
    const row = await tx.get<Row>('select * from messages where seq = ?', seq)
    if (!row) continue
    await tx.run('delete from messages where seq = ?', seq)
    await tx.run(
      'insert into messages (id, project, thread_id, run_id, body, withdrawn) values (?, ?, ?, ?, ?, ?)',
      row.id,
      row.project,
      row.thread_id,
      row.run_id,
      row.body,
      row.withdrawn,
    )
  }
}

async function placesAndTimes(
  tx: Transaction,
  project: string,
  threadId: string,
): Promise<{ seq: number; createdAt: number }[]> {
  const found: { seq: number; createdAt: number }[] = []
  for (;;) {
    const rows = await tx.all<Row>(
      'select * from messages where thread_id = ? and project = ? and seq > ? order by seq limit ? + 0',
      threadId,
      project,
      found.at(-1)?.seq ?? 0,
      pageSize,
    )
    for (const { seq, body } of rows)
      found.push({ seq, createdAt: (JSON.parse(body) as MessageBody).created_at })
    if (rows.length < pageSize) return found
  }
}

interface Row {
  seq: number
  id: string
  project: string
  thread_id: string
  run_id: string | null
  body: string
  withdrawn: number
}
