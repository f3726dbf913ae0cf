import type { MessageRecord } from '../contract/messages.ts'
import type { ThreadRecord } from '../contract/threads.ts'
import { conversationColumns, hasSteps, type ConversationColumns } from './conversation-state.ts'
import type { Reader, Transaction } from './database.ts'
import { withExistingFiles } from './existing-files.ts'
import { insertMetadata, replaceMetadata, threadMetadata } from './metadata.ts'
import { activeStatuses } from './runs.ts'
import { addTombstone } from './tombstones.ts'
import { isAwaited } from './waiting-runs.ts'

/** `activeAt` (Unix seconds) is the time of the last message or run in the thread. */
export function insertThread(
  tx: Transaction,
  thread: Omit<ThreadRecord, 'seq'>,
  activeAt = thread.body.created_at,
): void {
  tx.send(
    'insert into threads (id, project, active_at, created_at, body) values (?, ?, ?, ?, ?)',
    thread.id,
    thread.project,
    activeAt,
    thread.body.created_at,
    JSON.stringify(thread.body),
  )
  insertMetadata(tx, threadMetadata, thread)
}

export async function getThread(db: Reader, project: string, id: string): Promise<ThreadRecord | undefined> {
  const row = await db.get<ThreadRow>(
    'select * from threads where id = ? and project = ? and removed = 0',
    id,
    project,
  )
  return row && withExistingFiles(db, threadRecord(row))
}

const touchedForSeconds = 3_600

/**
 * Adds a message of the caller to a thread that exists, has no active run and was in use within the hour. Otherwise the
 * transaction fails with `refusal`. `now` is in Unix seconds.
 */
export function addToFreeThread(
  tx: Transaction,
  message: Omit<MessageRecord, 'seq'>,
  { now, refusal }: { now: number; refusal: () => Error },
): void {
  // Nobody waits for it: where it fails, the transaction does.
  void tx.lockOwn(message.project, 'threads', message.thread_id)
  const free = freeThread(message.thread_id, message.project, now)
  tx.sendChange(
    refusal,
    `insert into messages (id, project, thread_id, body) select ?, project, id, ? from threads where ${free.sql}`,
    message.id,
    JSON.stringify(message.body),
    ...free.values,
  )
}

/** The condition for such a thread, once its row is locked. `now` is in Unix seconds. */
export const freeThread = (id: string, project: string, now: number) => ({
  // `+ 0`, because no index but that of the ids is to be used.
  sql: `threads.id = ? and threads.project = ? and removed = 0 and active_at + 0 >= ?
     and (select runs.id from runs where thread_id = threads.id and status in ${activeStatuses}) is null`,
  values: [id, project, now - touchedForSeconds],
})

/** The same for a conversation, in which also nothing was called so far, and for which no run waits. */
export function freeConversation(id: string, project: string, now: number) {
  const { sql, values } = freeThread(id, project, now)
  const isPlain = `not exists (select 1 from conversation_items where thread_id = threads.id)
     and not ${isAwaited} and not ${hasSteps}`
  return { sql: `${sql} and ${isPlain}`, values }
}

interface OpenedRow extends ThreadRow {
  active_at: number
  active_run: string | null
  session_server: string | null
}

const opened = `threads.*, (select runs.id from runs where thread_id = threads.id and status in ${activeStatuses}) as active_run`

/** Reads a thread to which a message or a run is about to be added, together with its active run. */
export async function openThread(tx: Transaction, project: string, id: string) {
  const [, row] = await Promise.all([
    tx.lockOwn(project, 'threads', id),
    tx.get<OpenedRow>(
      `select ${opened} from threads where id = ? and project = ? and removed = 0`,
      id,
      project,
    ),
  ])
  return row && openedThread(tx, row)
}

/** The same of a thread that is a conversation, with what is to be done in it before it goes on. */
export async function openConversation(tx: Transaction, project: string, id: string) {
  const [, row] = await Promise.all([
    tx.lockOwn(project, 'threads', id),
    tx.get<OpenedRow & ConversationColumns>(
      `select ${opened}, ${conversationColumns} from threads where id = ? and project = ? and removed = 0`,
      id,
      project,
    ),
  ])
  if (!row) return undefined
  const { has_steps, is_awaited, ...thread } = row
  return {
    ...(await openedThread(tx, thread)),
    /** Steps of its runs have finished whose calls are no items yet. */
    hasSteps: has_steps === 1,
    /** Runs wait for it. */
    isAwaited: is_awaited === 1,
  }
}

async function openedThread(tx: Transaction, row: OpenedRow) {
  const { active_at, active_run, session_server, ...thread } = row
  return {
    thread: await withExistingFiles(tx, threadRecord(thread)),
    activeRun: active_run ?? undefined,
    sessionServer: session_server ?? undefined,
    /**
     * Records that the thread is in use. `now` is in Unix seconds. It is stored to the hour, which saves most writes.
     */
    touch: (now: number) =>
      active_at < now - touchedForSeconds ? touchThread(tx, thread.project, thread.id, now) : undefined,
  }
}

export function updateThread(tx: Transaction, thread: Omit<ThreadRecord, 'seq'>): void {
  tx.send(
    'update threads set body = ? where id = ? and project = ?',
    JSON.stringify(thread.body),
    thread.id,
    thread.project,
  )
  replaceMetadata(tx, threadMetadata, thread)
}

export const hasThread = async (db: Reader, project: string, id: string): Promise<boolean> =>
  (await db.get('select 1 from threads where id = ? and project = ? and removed = 0', id, project)) !==
  undefined

/** The server that was the last to have a Python session of the thread. */
export const sessionServerOf = async (db: Reader, project: string, id: string): Promise<string | undefined> =>
  (
    await db.get<{ session_server: string | null }>(
      'select session_server from threads where id = ? and project = ?',
      id,
      project,
    )
  )?.session_server ?? undefined

/** Notes that this server has the Python session of the thread now. */
export const setSessionServer = (tx: Transaction, project: string, id: string, server: string) =>
  tx.run('update threads set session_server = ? where id = ? and project = ?', server, id, project)

/** Notes that the session that this server had is over. */
export const clearSessionServer = (tx: Transaction, project: string, id: string, server: string) =>
  tx.run(
    'update threads set session_server = null where id = ? and project = ? and session_server = ?',
    id,
    project,
    server,
  )

const touchThread = (tx: Transaction, project: string, id: string, now: number) =>
  tx.send('update threads set active_at = ? where id = ? and project = ?', now, id, project)

/**
 * Hides the thread with everything in it. `removeDeletedThreads` does the rest. Returns false when it does not exist.
 */
export async function deleteThread(tx: Transaction, project: string, id: string): Promise<boolean> {
  const thread = await tx.get<{ id: string; seq: number }>(
    'update threads set removed = 1 where id = ? and project = ? and removed = 0 returning id, seq',
    id,
    project,
  )
  if (!thread) return false
  await addTombstone(tx, { project, list: 'threads' }, thread)
  return true
}

export interface ThreadRow extends Omit<ThreadRecord, 'body'> {
  body: string
}

export const threadRecord = ({ seq, id, project, body }: ThreadRow): ThreadRecord => ({
  seq,
  id,
  project,
  body: JSON.parse(body),
})
