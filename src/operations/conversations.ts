import { nowSeconds } from '../common/clock.ts'
import {
  toConversation,
  toConversationId,
  toThreadId,
  type Conversation,
  type ConversationDeleted,
} from '../contract/responses/conversations.ts'
import type { InputItem } from '../contract/responses/input-items.ts'
import type { Metadata } from '../contract/metadata.ts'
import type { ModelTokens } from '../contract/response-chain.ts'
import type { ThreadRecord } from '../contract/threads.ts'
import { newConversationThreadId } from '../common/ids.ts'
import { conversationLocked, conversationNotFound } from '../errors/response-errors.ts'
import { showThreadSteps } from '../responses/show-thread-steps.ts'
import { addEntries, listEntries, type ConversationEntry } from '../store/conversation-items.ts'
import type { Reader, Transaction } from '../store/database.ts'
import { UnknownCursor, type PageQuery } from '../store/page.ts'
import { usedInOwnThread } from '../store/usage/spending.ts'
import * as rows from '../store/threads.ts'
import { listThreads } from '../store/list-threads.ts'
import type { Context } from './context.ts'
import { keyFor } from './given-items.ts'
import { withFileTexts } from './input-files.ts'
import { toListPage, type List } from './list.ts'
import { newEntries } from './new-entries.ts'
import { deleteThread } from './threads.ts'

export async function createConversation(
  ctx: Context,
  input: { metadata: Metadata; items: InputItem[] },
): Promise<Conversation> {
  const created_at = nowSeconds()
  const thread = {
    id: newConversationThreadId(),
    project: ctx.project,
    body: { created_at, metadata: input.metadata, tool_resources: {} },
  }
  const key = await keyFor(ctx.db, input.items)
  const given = await withFileTexts(ctx, input.items, { field: 'items' })
  await ctx.db.write(async (tx) => {
    rows.insertThread(tx, thread)
    addEntries(tx, thread, await newEntries(tx, thread, { given, key }), created_at)
  })
  return toConversation({ ...thread })
}

/** Lists the conversations, which the original did not. Every thread is one. */
export async function listConversations(ctx: Context, query: PageQuery): Promise<List<Conversation>> {
  const before = (id: string | undefined) => (id === undefined ? undefined : (toThreadId(id) ?? id))
  const asked = { ...query, after: before(query.after), before: before(query.before), metadata: {} }
  const page = await listThreads(ctx.db, ctx.project, asked).catch((error: unknown) => {
    // A cursor is named as the caller has named it.
    const given = error instanceof UnknownCursor ? query[error.param] : undefined
    throw error instanceof UnknownCursor && given !== undefined
      ? new UnknownCursor(error.param, given)
      : error
  })
  return toListPage(page, toConversation)
}

export async function getConversation({ db, project }: Context, id: string): Promise<Conversation> {
  return toConversation(await findConversation(db, project, id))
}

/** Metadata is replaced as a whole. */
export async function modifyConversation(
  { db, project }: Context,
  id: string,
  metadata: Metadata | null,
): Promise<Conversation> {
  return db.write(async (tx) => {
    await tx.lockOwn(project, 'threads', toThreadId(id) ?? id)
    const thread = await findConversation(tx, project, id)
    thread.body.metadata = metadata ?? {}
    rows.updateThread(tx, thread)
    return toConversation(thread)
  })
}

/** Deletes the thread. The responses that were made in it stay. */
export async function deleteConversation(ctx: Context, id: string): Promise<ConversationDeleted> {
  const thread = await findConversation(ctx.db, ctx.project, id)
  await deleteThread(ctx, thread.id)
  return { id: toConversationId(thread.id), object: 'conversation.deleted', deleted: true }
}

/** Throws the wire's 404 where there is none. */
export async function findConversation(db: Reader, project: string, id: string): Promise<ThreadRecord> {
  const threadId = toThreadId(id)
  const thread = threadId === undefined ? undefined : await rows.getThread(db, project, threadId)
  if (!thread) throw conversationNotFound(id)
  return thread
}

/**
 * A conversation to which something is about to be added. Throws the wire's errors where there is none, or where a run is
 * active in it.
 */
export async function openConversation(
  tx: Transaction,
  ctx: Pick<Context, 'project' | 'containers'>,
  id: string,
): Promise<{ thread: ThreadRecord; sessionServer: string | undefined }> {
  const opened = await openToWait(tx, ctx, id)
  if (opened.isLocked) throw conversationLocked()
  return opened
}

/** The same, which also opens one in which a run is active or waits. */
async function openToWait(tx: Transaction, ctx: Pick<Context, 'project' | 'containers'>, id: string) {
  const threadId = toThreadId(id)
  if (threadId === undefined) throw conversationNotFound(id)
  const opened = await rows.openConversation(tx, ctx.project, threadId)
  if (!opened) throw conversationNotFound(id)
  const { hasSteps } = opened
  const isLocked = opened.activeRun !== undefined || opened.isAwaited
  opened.touch(nowSeconds())
  if (hasSteps) await showThreadSteps(tx, opened.thread, ctx.containers.minutes)
  return { thread: opened.thread, sessionServer: opened.sessionServer, isLocked, hadSteps: hasSteps }
}

export interface ConversationToAnswer {
  thread: ThreadRecord
  sessionServer: string | undefined
  /** Whether a run is active in it, or waits for it. */
  isLocked: boolean
  /** The newest items, oldest first. */
  newest: ConversationEntry[]
  /** What was used in it so far. */
  used: ModelTokens[]
}

/** How many of the newest items of a conversation are looked at for calls without an output. */
const itemsLookedAt = 100

/** A conversation in which a response is about to begin. With `waits` it may be locked. Throws as `openConversation` does. */
export async function openToAnswer(
  tx: Transaction,
  ctx: Pick<Context, 'project' | 'containers'>,
  id: string,
  { waits }: { waits: boolean },
): Promise<ConversationToAnswer> {
  const threadId = toThreadId(id) ?? ''
  const readNewest = () => listEntries(tx, ctx.project, threadId, { limit: itemsLookedAt, order: 'desc' })
  // Read together, behind the lock. Where steps became items, they are read again.
  const [{ hadSteps, ...opened }, read, used] = await Promise.all([
    openToWait(tx, ctx, id),
    readNewest(),
    usedInOwnThread(tx, ctx.project, threadId),
  ])
  if (opened.isLocked && !waits) throw conversationLocked()
  const { data } = hadSteps ? await readNewest() : read
  return { ...opened, newest: data.reverse(), used }
}
