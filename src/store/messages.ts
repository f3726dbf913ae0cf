import type { MessageRecord, NewestMessages } from '../contract/messages.ts'
import type { Reader, Transaction } from './database.ts'
import { inList } from './in-list.ts'
import { shortBytes, shortRows } from './portions.ts'
import { readPage, type Page, type PageQuery } from './page.ts'
import { forgetEvents } from './run-log.ts'
import { addTombstone, messagesOf } from './tombstones.ts'

export function insertMessage(tx: Transaction, message: Omit<MessageRecord, 'seq'>): void {
  tx.send(
    'insert into messages (id, project, thread_id, run_id, body) values (?, ?, ?, ?, ?)',
    message.id,
    message.project,
    message.thread_id,
    message.run_id,
    JSON.stringify(message.body),
  )
}

/**
 * What the body of a message that a run is still writing holds as JSON, and no other body of a run's message: values of
 * metadata are texts, so that none of them is null.
 */
export const beingWritten = '"status":"in_progress","incomplete_details":null'

export async function getMessage(db: Reader, project: string, threadId: string, id: string) {
  const row = await db.get<MessageRow>(
    'select * from messages where id = ? and thread_id = ? and project = ? and withdrawn = 0',
    id,
    threadId,
    project,
  )
  return row && record(row)
}

/** The messages of a thread that exists; otherwise none, unless a cursor is looked for. */
export async function listMessages(
  db: Reader,
  project: string,
  threadId: string,
  query: PageQuery & { run_id?: string | undefined },
): Promise<Page<MessageRecord>> {
  const within = {
    sql: 'thread_id = ? and project = ? and withdrawn = 0',
    values: [threadId, project],
    deletedFrom: { project, list: messagesOf(threadId) },
    bytes: 'octet_length(body)',
  }
  const ofRun = query.run_id === undefined ? [] : [query.run_id]
  const where = {
    ...within,
    sql: `thread_id = (select id from threads where id = ? and project = ? and removed = 0) and withdrawn = 0${ofRun.length > 0 ? ' and run_id = ?' : ''}`,
    values: [...within.values, ...ofRun],
  }
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
    'select * from messages where thread_id = ? and project = ? and withdrawn = 0 and seq < ? order by seq desc limit ? + 0',
    threadId,
    project,
    before,
    limit,
  )
  return rows.map(record)
}

/** The same, with whether anything else is in the conversation. */
export async function newestWithItems(
  db: Reader,
  { project, thread_id: threadId }: { project: string; thread_id: string },
  before: number,
  limit: number,
): Promise<NewestMessages> {
  const rows = await db.all<MessageRow & { has_items: number }>(
    `select * from messages cross join
       (select count(*) as has_items from (select 1 from conversation_items where thread_id = ? limit 1) as one) as items
     where thread_id = ? and project = ? and withdrawn = 0 and seq < ? order by seq desc limit ? + 0`,
    threadId,
    threadId,
    project,
    before,
    limit,
  )
  const hasItems = rows[0]?.has_items !== 0
  return { messages: rows.map(({ has_items: _items, ...row }) => record(row)), hasItems }
}

/**
 * All messages of a thread, newest first, and whether anything else is in it, where they are so few and so short that they can be
 * read in a transaction that others share. Undefined otherwise.
 */
export async function messagesIfShort(
  db: Reader,
  { project, thread_id: threadId }: { project: string; thread_id: string },
): Promise<NewestMessages | undefined> {
  const rows = await db.all<Omit<MessageRow, 'body'> & { body: string | null; has_items: number }>(
    `with sized as (
       select seq as place, octet_length(body) as size from messages
       where thread_id = ? and project = ? and withdrawn = 0 order by seq desc limit ? + 0
     )
     select seq, id, project, thread_id, run_id, has_items,
       case when (select sum(size) from sized) < ${shortBytes} then body end as body
     from sized cross join messages cross join
       (select count(*) as has_items from (select 1 from conversation_items where thread_id = ? limit 1) as one) as items
     where seq = place order by place desc`,
    threadId,
    project,
    shortRows,
    threadId,
  )
  if (rows.length === shortRows) return undefined
  const messages: MessageRecord[] = []
  for (const { has_items: _items, body, ...row } of rows) {
    if (body === null) return undefined
    messages.push(record({ ...row, body }))
  }
  return { messages, hasItems: rows[0]?.has_items !== 0 }
}

export async function firstMessage(db: Reader, project: string, threadId: string) {
  const row = await db.get<MessageRow>(
    'select * from messages where thread_id = ? and project = ? and withdrawn = 0 order by seq limit 1',
    threadId,
    project,
  )
  return row && record(row)
}

export const updateMessage = (tx: Transaction, message: Pick<MessageRecord, 'id' | 'project' | 'body'>) =>
  tx.send(
    'update messages set body = ? where id = ? and project = ?',
    JSON.stringify(message.body),
    message.id,
    message.project,
  )

/** The same, but only when the body is still equal to `written`. Otherwise the transaction fails with `refusal`. */
export const updateUnchanged = (
  tx: Transaction,
  message: Pick<MessageRecord, 'id' | 'project' | 'body'>,
  { written, refusal }: { written: string; refusal: () => Error },
) =>
  tx.sendChange(
    refusal,
    'update messages set body = ? where id = ? and project = ? and body = ?',
    JSON.stringify(message.body),
    message.id,
    message.project,
    written,
  )

/**
 * The messages with these ids that exist. Messages that a run has withdrawn are included, because the log of the run
 * still needs them.
 */
export async function messagesById(db: Reader, project: string, ids: string[]): Promise<MessageRecord[]> {
  if (ids.length === 0) return []
  const wanted = inList(ids)
  const rows = await db.all<MessageRow>(
    `select * from messages where id in (${wanted.marks}) and project = ?`,
    ...wanted.values,
    project,
  )
  return rows.map(record)
}

/** Withdraws a half-written message from its thread. The log of its run can still show it. */
export async function withdrawMessage(tx: Transaction, message: MessageRecord): Promise<void> {
  await tx.run('update messages set withdrawn = 1 where id = ? and project = ?', message.id, message.project)
  await addTombstone(tx, { project: message.project, list: messagesOf(message.thread_id) }, message)
}

/** Also deletes the message from the log of its run. Returns false when it does not exist. */
export async function deleteMessage(
  tx: Transaction,
  project: string,
  threadId: string,
  id: string,
): Promise<boolean> {
  await tx.lockOwn(project, 'messages', id)
  const message = await getMessage(tx, project, threadId, id)
  if (!message) return false
  await tx.run('delete from messages where id = ? and project = ?', id, project)
  if (message.run_id !== null) await forgetEvents(tx, message.run_id, id)
  await addTombstone(tx, { project: message.project, list: messagesOf(message.thread_id) }, message)
  return true
}

interface MessageRow extends Omit<MessageRecord, 'body'> {
  body: string
}

const record = (row: MessageRow): MessageRecord => ({ ...row, body: JSON.parse(row.body) })
