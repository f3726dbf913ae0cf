import { nowSeconds } from '../common/clock.ts'
import {
  toThread,
  type CreateThreadRequest,
  type ModifyThreadRequest,
  type Thread,
  type ThreadDeleted,
  type ThreadRecord,
} from '../contract/threads.ts'
import { threadStoreExpiry } from '../contract/vector-stores.ts'
import { notFound } from '../errors/errors.ts'
import { newThreadId } from '../common/ids.ts'
import { leaveResponses } from '../store/conversation-items.ts'
import type { Transaction } from '../store/database.ts'
import type { PageQuery } from '../store/page.ts'
import { listThreads as listRows, type ThreadFilter } from '../store/list-threads.ts'
import * as rows from '../store/threads.ts'
import type { Context } from './context.ts'
import { refuseTakenId } from './free-id.ts'
import type { FoundText } from './find-by-words.ts'
import { threadFinder, type ThreadFinder } from './find-threads.ts'
import { toListPage, type List } from './list.ts'
import { addMessages } from './messages.ts'
import { ended, stopActiveRun } from './cancel-run.ts'
import { summariesOf } from './thread-summaries.ts'
import { takeToolResources } from './tool-resources.ts'

export async function createThread(ctx: Context, input: CreateThreadRequest): Promise<Thread> {
  const thread = await ctx.db.write((tx) => newThread(tx, ctx, input, ''))
  return toThread(thread, 'answer')
}

/** Makes a thread with its first messages. `at` is the path of the thread in the request: `thread.` or empty. */
export async function newThread(
  tx: Transaction,
  ctx: Pick<Context, 'project' | 'apiKey' | 'admission'>,
  input: CreateThreadRequest,
  at: string,
): Promise<ThreadRecord> {
  await refuseTakenId(tx, ctx.project, 'thread', input.id, `${at}id`)
  const tool_resources = await takeToolResources(tx, ctx, input.tool_resources, {
    at,
    expires: threadStoreExpiry,
  })
  const thread = {
    seq: 0,
    id: input.id ?? newThreadId(),
    project: ctx.project,
    body: { created_at: nowSeconds(), metadata: input.metadata, tool_resources },
  }
  rows.insertThread(tx, thread)
  await addMessages(tx, ctx, thread, input.messages, (index) => `${at}messages[${index}].`)
  return thread
}

/**
 * Lists the threads, which the original did not. With words, those in which they are. `summary` adds to each what a
 * reader of the list wants to know of it.
 */
export async function listThreads(
  ctx: Context,
  query: PageQuery & ThreadFilter & { query?: string[] | undefined },
  { summary, signal }: { summary: boolean; signal: AbortSignal },
): Promise<List<Thread>> {
  const finder = query.query && (await threadFinder(ctx.db, ctx.project, query.query, signal))
  const only = finder?.id === undefined ? query : { ...query, id: finder.id }
  const page = await listRows(ctx.db, ctx.project, only, finder?.choose)
  const list = toListPage(page, (thread) => toThread(thread, 'read'))
  if (!summary) return list
  return { ...list, data: await withSummaries(ctx, list.data, finder) }
}

export async function getThread(ctx: Context, id: string, summary = false): Promise<Thread> {
  const thread = await rows.getThread(ctx.db, ctx.project, id)
  if (!thread) throw notFound('thread', id)
  const shown = toThread(thread, 'read')
  return summary ? ((await withSummaries(ctx, [shown]))[0] ?? shown) : shown
}

async function withSummaries(ctx: Context, threads: Thread[], finder?: ThreadFinder): Promise<Thread[]> {
  const ids = threads.map(({ id }) => id)
  const summaries = await summariesOf(ctx.db, ctx.project, ids)
  return threads.map((thread) => {
    const summary = summaries.get(thread.id)
    if (!summary) return thread
    return {
      ...thread,
      summary: { ...summary, ...(finder && { matched: matchedIn(finder.foundIn(thread.id)) }) },
    }
  })
}

const matchedIn = (found: FoundText | null) => found && { message_id: found.id, text: found.text }

/** Metadata and the resources of each tool are replaced as a whole. Null removes them. */
export async function modifyThread(ctx: Context, id: string, input: ModifyThreadRequest): Promise<Thread> {
  return ctx.db.write(async (tx) => {
    await tx.lockOwn(ctx.project, 'threads', id)
    const thread = await rows.getThread(tx, ctx.project, id)
    if (!thread) throw notFound('thread', id)
    if (input.metadata !== undefined) thread.body.metadata = input.metadata ?? {}
    if (input.tool_resources !== undefined) {
      thread.body.tool_resources =
        input.tool_resources === null
          ? {}
          : { ...thread.body.tool_resources, ...(await takeToolResources(tx, ctx, input.tool_resources)) }
    }
    rows.updateThread(tx, thread)
    return toThread(thread, 'answer')
  })
}

/** An active run is cancelled in the same transaction, so that no run continues in a deleted thread. */
export async function deleteThread(ctx: Context, id: string): Promise<ThreadDeleted> {
  const stopped = await ctx.db.write(async (tx) => {
    await tx.lockOwn(ctx.project, 'threads', id)
    if (!(await rows.hasThread(tx, ctx.project, id))) throw notFound('thread', id)
    const active = await stopActiveRun(ctx, tx, id)
    await rows.deleteThread(tx, ctx.project, id)
    await leaveResponses(tx, id)
    return active
  })
  if (stopped !== undefined) await ended(ctx, stopped)
  return { id, object: 'thread.deleted', deleted: true }
}
