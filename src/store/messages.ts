import type { MessageRecord } from '../contract/messages.ts'
import type { Reader, Transaction } from './database.ts'
import { readPage, type Page, type PageQuery } from './page.ts'
import { bury } from './tombstones.ts'

export async function insertMessage(tx: Transaction, message: Omit<MessageRecord, 'seq'>): Promise<void> {
  await tx.run(
    'insert into messages (id, project, thread_id, run_id, body) values (?, ?, ?, ?, ?)',
    message.id,
    message.project,
    message.thread_id,
    message.run_id,
    JSON.stringify(message.body),
  )
}

export async function getMessage(db: Reader, project: string, threadId: string, id: string) {
  const row = await db.get<MessageRow>(
    'select * from messages where id = ? and thread_id = ? and project = ?',
    id,
    threadId,
    project,
  )
  return row && record(row)
}

export async function listMessages(
  db: Reader,
  project: string,
  threadId: string,
  query: PageQuery & { run_id?: string | undefined },
): Promise<Page<MessageRecord>> {
  const within = { sql: 'thread_id = ? and project = ?', values: [threadId, project] }
  const where =
    query.run_id === undefined
      ? within
      : { sql: `${within.sql} and run_id = ?`, values: [...within.values, query.run_id] }
  const page = await readPage<MessageRow>(db, 'messages', where, query, within)
  return { ...page, data: page.data.map(record) }
}

/** Newest first, before the message with number `before`. */
export async function newestMessages(
  db: Reader,
  project: string,
  threadId: string,
  before: number,
  limit: number,
): Promise<MessageRecord[]> {
  const rows = await db.all<MessageRow>(
    'select * from messages where thread_id = ? and project = ? and seq < ? order by seq desc limit ? + 0',
    threadId,
    project,
    before,
    limit,
  )
  return rows.map(record)
}

export async function firstMessage(db: Reader, project: string, threadId: string) {
  const row = await db.get<MessageRow>(
    'select * from messages where thread_id = ? and project = ? order by seq limit 1',
    threadId,
    project,
  )
  return row && record(row)
}

export const updateMessage = (tx: Transaction, message: Pick<MessageRecord, 'id' | 'project' | 'body'>) =>
  tx.run(
    'update messages set body = ? where id = ? and project = ?',
    JSON.stringify(message.body),
    message.id,
    message.project,
  )

/** False when there was none. */
export async function deleteMessage(
  tx: Transaction,
  project: string,
  threadId: string,
  id: string,
): Promise<boolean> {
  const message = await getMessage(tx, project, threadId, id)
  if (!message) return false
  await tx.run('delete from messages where id = ? and project = ?', id, project)
  await bury(tx, message)
  return true
}

interface MessageRow extends Omit<MessageRecord, 'body'> {
  body: string
}

const record = (row: MessageRow): MessageRecord => ({ ...row, body: JSON.parse(row.body) })
