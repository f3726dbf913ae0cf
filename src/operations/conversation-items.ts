import { nowSeconds } from '../common/clock.ts'
import { toConversation, toThreadId, type Conversation } from '../contract/responses/conversations.ts'
import type { InputItem } from '../contract/responses/input-items.ts'
import type { Item } from '../contract/responses/items.ts'
import { shownItem, type Include } from '../contract/responses/shown-item.ts'
import type { ThreadRecord } from '../contract/threads.ts'
import { itemNotInConversation } from '../errors/response-errors.ts'
import * as rows from '../store/conversation-items.ts'
import { deleteEntry } from '../store/delete-entry.ts'
import { hasStepsToShow } from '../store/conversation-state.ts'
import { showThreadSteps } from '../responses/show-thread-steps.ts'
import { leaveOutCall } from '../store/run-steps.ts'
import type { PageQuery } from '../store/page.ts'
import type { Context } from './context.ts'
import { findConversation, openConversation } from './conversations.ts'
import { keyFor } from './given-items.ts'
import { withFileTexts } from './input-files.ts'
import { toListPage, type List } from './list.ts'
import { newEntries } from './new-entries.ts'

type Includes = readonly Include[]

/** Adds items, which are answered in the order in which they were sent. */
export async function createItems(
  ctx: Context,
  id: string,
  input: { items: InputItem[] },
  include: Includes,
): Promise<List<Item>> {
  const key = await keyFor(ctx.db, input.items)
  const given = await withFileTexts(ctx, input.items, { field: 'items' })
  const added = await ctx.db.write(async (tx) => {
    const { thread } = await openConversation(tx, ctx, id)
    const entries = await newEntries(tx, thread, { given, key })
    rows.addEntries(tx, thread, entries, nowSeconds())
    return entries
  })
  return toListPage({ data: added, hasMore: false }, ({ item }) => shownItem(item, include))
}

export async function listItems(
  ctx: Context,
  id: string,
  query: PageQuery & { include: Includes },
): Promise<List<Item>> {
  const page = await pageOfItems(ctx, id, query)
  return toListPage(page, ({ body }) => shownItem(body.item, query.include))
}

/** Nearly always the conversation is there, and the page is its end or its beginning: that takes one statement. */
async function pageOfItems(ctx: Context, id: string, query: PageQuery) {
  const { db, project } = ctx
  const threadId = toThreadId(id)
  if (threadId !== undefined && query.after === undefined && query.before === undefined) {
    const page = await rows.listEntries(db, project, threadId, { ...query, ifShown: true })
    if (page.data.length > 0) return page
  }
  const thread = await readConversation(ctx, id)
  return rows.listEntries(db, project, thread.id, query)
}

export async function getItem(ctx: Context, id: string, itemId: string, include: Includes): Promise<Item> {
  const thread = await readConversation(ctx, id)
  const entry = await rows.getEntry(ctx.db, ctx.project, thread.id, itemId)
  if (!entry) throw itemNotInConversation(itemId)
  return shownItem(entry.body.item, include)
}

/** Answers with the conversation, as the original did. No model is told of the item any more, whoever asks it. */
export async function deleteItem(ctx: Context, id: string, itemId: string): Promise<Conversation> {
  return ctx.db.write(async (tx) => {
    const { thread } = await openConversation(tx, ctx, id)
    const entry = await rows.getEntry(tx, ctx.project, thread.id, itemId)
    if (!entry || !(await deleteEntry(tx, thread, itemId))) throw itemNotInConversation(itemId)
    const { step_call } = entry.body
    if (step_call !== undefined) await leaveOutCall(tx, thread, step_call)
    return toConversation(thread)
  })
}

/** Runs of the Assistants API leave steps, which become items when somebody reads the thread as a conversation. */
export async function readConversation(ctx: Context, id: string): Promise<ThreadRecord> {
  const { db, project } = ctx
  const thread = await findConversation(db, project, id)
  if (!(await hasStepsToShow(db, thread))) return thread
  await db.write(async (tx) => {
    await tx.lock('threads', thread.id)
    await showThreadSteps(tx, thread, ctx.containers.minutes)
  })
  return thread
}
