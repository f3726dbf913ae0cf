import type { MessageBody } from '../contract/messages.ts'
import { toMessageBody, toMessageItem } from '../contract/responses/message-items.ts'
import type { MessageItem, StoredItem } from '../contract/responses/items.ts'
import type { RunStepRecord } from '../contract/run-steps.ts'
import type { Reader, Transaction } from './database.ts'
import { isShown, own } from './conversation-state.ts'
import { placeOfDeletedEntry } from './delete-entry.ts'
import { inList } from './in-list.ts'
import { beingWritten } from './messages.ts'
import { runQueued } from './signals.ts'
import { stopWaiting } from './waiting-runs.ts'
import { UnknownCursor, type Condition, type Page, type PageQuery } from './page.ts'

/** An item of a conversation, and where it stands. */
export interface ConversationEntry {
  id: string
  body: StoredItem
}

export interface EntryRow {
  id: string
  /** The number of the message, or of the message after which the item stands. */
  place: number
  /** 0 for a message, and the number of the item otherwise. */
  sub: number
  body: string
}

/** The condition for the finished messages of a thread. */
export const isFinished = `thread_id = ${own} and withdrawn = 0 and (run_id is null or body not like '%${beingWritten}%')`
/** They, and the items between them: together all its entries. */
const messageEntries = `select id, seq as place, 0 as sub, body from messages where ${isFinished}`
const itemEntries = `select id, place, seq as sub, body from conversation_items where thread_id = ${own}`
export const entries = `(${messageEntries} union all ${itemEntries}) as entries`

const valuesOf = (project: string, threadId: string) => [threadId, project, threadId, project]

/**
 * A page of the items of a conversation. With `ifShown` it is empty unless the thread exists and none of its steps is still
 * to be shown. Throws UnknownCursor.
 */
export async function listEntries(
  db: Reader,
  project: string,
  threadId: string,
  { limit, order, after, before, ifShown = false }: PageQuery & { ifShown?: boolean },
): Promise<Page<ConversationEntry>> {
  const backwards = before !== undefined && after === undefined
  const direction = (order === 'asc') === backwards ? 'desc' : 'asc'
  const ofMessages: Condition = { sql: '', values: [] }
  const ofItems: Condition = { sql: '', values: [] }
  for (const [param, id, forwards] of [
    ['after', after, true],
    ['before', before, false],
  ] as const) {
    if (id === undefined) continue
    const { place, sub } = await placeOf(db, project, threadId, { param, id })
    const isAbove = (order === 'asc') === forwards
    // A message stands before the items that have its number.
    ofMessages.sql += isAbove ? ' and seq > ?' : ' and seq < ?'
    ofMessages.values.push(!isAbove && sub > 0 ? place + 1 : place)
    ofItems.sql += ` and (place, seq) ${isAbove ? '>' : '<'} (?, ?)`
    ofItems.values.push(place, sub)
  }
  // Each of the two is read from its index only as far as the page may reach.
  const rows = await db.all<EntryRow>(
    `select * from (
       select * from (${messageEntries}${ofMessages.sql} order by seq ${direction} limit ? + 0) as newest_messages
       union all
       select * from (${itemEntries}${ofItems.sql} order by place ${direction}, seq ${direction} limit ? + 0) as newest_items
     ) as entries ${ifShown ? `where ${isShown}` : ''}
     order by place ${direction}, sub ${direction} limit ? + 0`,
    threadId,
    project,
    ...ofMessages.values,
    limit + 1,
    threadId,
    project,
    ...ofItems.values,
    limit + 1,
    ...(ifShown ? [threadId, project] : []),
    limit + 1,
  )
  const data = rows.slice(0, limit).map(entryOf)
  return { data: backwards ? data.reverse() : data, hasMore: rows.length > limit }
}

export async function getEntry(
  db: Reader,
  project: string,
  threadId: string,
  id: string,
): Promise<ConversationEntry | undefined> {
  const row = await db.get<EntryRow>(
    `select * from ${entries} where id = ?`,
    ...valuesOf(project, threadId),
    id,
  )
  return row && entryOf(row)
}

async function placeOf(
  db: Reader,
  project: string,
  threadId: string,
  { param, id }: { param: 'after' | 'before'; id: string },
): Promise<Pick<EntryRow, 'place' | 'sub'>> {
  const row = await db.get<Pick<EntryRow, 'place' | 'sub'>>(
    `select place, sub from ${entries} where id = ?`,
    ...valuesOf(project, threadId),
    id,
  )
  const found = row ?? (await placeOfDeletedEntry(db, project, threadId, id))
  if (!found) throw new UnknownCursor(param, id)
  return found
}

export const entryOf = ({ id, sub, body }: EntryRow): ConversationEntry => {
  const parsed = JSON.parse(body) as MessageBody | StoredItem
  return {
    id,
    body: sub === 0 ? { item: toMessageItem({ id, body: parsed as MessageBody }) } : (parsed as StoredItem),
  }
}

interface Thread {
  id: string
  project: string
}

/**
 * Adds items to the end of a conversation, in order, unless it was deleted. What has a form in a thread becomes a message of it.
 * `createdAt` is in Unix seconds.
 */
export function addEntries(
  tx: Transaction,
  thread: Thread,
  items: readonly StoredItem[],
  createdAt: number,
): void {
  for (const stored of items) {
    const { item } = stored
    if (item.type === 'message' && isOfThread(item)) addMessage(tx, thread, item, createdAt)
    else addItem(tx, thread, stored)
  }
}

const isThere = 'from threads where threads.id = ? and threads.project = ? and removed = 0'

const addMessage = (tx: Transaction, { id, project }: Thread, item: MessageItem, createdAt: number): void =>
  tx.send(
    `insert into messages (id, project, thread_id, body) select ?, project, id, ? ${isThere}`,
    item.id,
    JSON.stringify(toMessageBody(item, createdAt)),
    id,
    project,
  )

const isOfThread = ({ role }: MessageItem) => role === 'user' || role === 'assistant'

/** With `after` undefined the item stands after the newest message. */
function addItem(tx: Transaction, { id, project }: Thread, stored: StoredItem, after?: number): void {
  const newest = '(select coalesce(max(seq), 0) from messages where thread_id = ?)'
  tx.send(
    `insert into conversation_items (id, project, thread_id, place, body)
     select ?, project, id, ${after === undefined ? newest : '? + 0'}, ? ${isThere}`,
    stored.item.id,
    after ?? id,
    JSON.stringify(stored),
    id,
    project,
  )
}

/** Those of the ids that an entry of any conversation has. */
export async function takenEntryIds(db: Reader, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const { marks, values } = inList(ids)
  const found = await db.all<{ id: string }>(
    `select id from messages where id in (${marks}) union all select id from conversation_items where id in (${marks})`,
    ...values,
    ...values,
  )
  return new Set(found.map(({ id }) => id))
}

/**
 * Makes the calls of finished run steps items of the conversation, those that are not yet. The thread must be locked.
 * `itemsOf` says how a step is shown.
 */
export async function showSteps(
  tx: Transaction,
  { id: threadId, project }: Thread,
  itemsOf: (step: RunStepRecord) => StoredItem[],
): Promise<void> {
  const steps = await tx.all<StepRow>(
    `select run_steps.*, runs.after_message from run_steps join runs on runs.id = run_steps.run_id
     where runs.thread_id = ? and run_steps.status = 'completed'
     and run_steps.seq > (select steps_shown from threads where id = ? and project = ?) order by run_steps.seq`,
    threadId,
    threadId,
    project,
  )
  const places = new Map<string, number>()
  for (const row of steps) {
    const { after_message, ...step } = row
    const body = JSON.parse(step.body) as RunStepRecord['body']
    const details = body.step_details
    const key = details.type === 'message_creation' ? details.message_creation.message_id : after_message
    if (details.type === 'message_creation' || !places.has(step.run_id))
      places.set(step.run_id, await numberOf(tx, key))
    for (const stored of itemsOf({ ...step, body }))
      addItem(tx, { id: threadId, project }, stored, places.get(step.run_id) ?? 0)
  }
  const last = steps.at(-1)
  if (last) tx.send('update threads set steps_shown = ? where id = ?', last.seq, threadId)
}

/** Up to `limit` items of a thread whose numbers are above `after`, in order, with the number of the message before each. */
export async function itemsToCopy(
  db: Reader,
  threadId: string,
  { after, limit }: { after: number; limit: number },
): Promise<{ seq: number; place: number; body: StoredItem }[]> {
  const rows = await db.all<{ seq: number; place: number; body: string }>(
    'select seq, place, body from conversation_items where thread_id = ? and seq > ? order by seq limit ? + 0',
    threadId,
    after,
    limit,
  )
  return rows.map((row) => ({ ...row, body: JSON.parse(row.body) as StoredItem }))
}

/** Adds an item after a message, or before all of them. */
export function addItemAfter(
  tx: Transaction,
  { id, project }: Thread,
  stored: StoredItem,
  messageId: string | undefined,
): void {
  tx.send(
    `insert into conversation_items (id, project, thread_id, place, body)
     values (?, ?, ?, coalesce((select seq from messages where id = ?), 0), ?)`,
    stored.item.id,
    project,
    id,
    messageId ?? null,
    JSON.stringify(stored),
  )
}

/** Says that the calls of all steps which are there are items of the conversation. */
export const setStepsShown = (tx: Transaction, threadId: string): void =>
  tx.send(
    `update threads set steps_shown = coalesce((select max(run_steps.seq) from run_steps
     join runs on runs.id = run_steps.run_id where runs.thread_id = ?), 0) where id = ?`,
    threadId,
    threadId,
  )

interface StepRow extends Omit<RunStepRecord, 'body'> {
  body: string
  after_message: string | null
}

/** Messages of a run may have been deleted. What stood after one then stands where it was. */
async function numberOf(db: Reader, messageId: string | null): Promise<number> {
  if (messageId === null) return 0
  const row = await db.get<{ seq: number }>(
    `select seq from messages where id = ?
     union all select seq from tombstones where id = ? limit 1`,
    messageId,
    messageId,
  )
  return row?.seq ?? 0
}

/** Lets the responses of a thread that is deleted stay. */
export async function leaveResponses(tx: Transaction, threadId: string): Promise<void> {
  if ((await stopWaiting(tx, threadId)) > 0) tx.raise(runQueued)
  await tx.run("update runs set thread_id = null where thread_id = ? and api = 'responses'", threadId)
}
