import { nowSeconds } from '../clock.ts'
import { refusedAsImage } from '../contract/files.ts'
import {
  filesForTool,
  messageBody,
  toMessage,
  type CreateMessageRequest,
  type Message,
  type MessageDeleted,
  type MessageRecord,
  type ModifyMessageRequest,
} from '../contract/messages.ts'
import type { ThreadRecord } from '../contract/threads.ts'
import { maxCodeInterpreterFiles } from '../contract/tool-resources.ts'
import { conflict, invalid, notFound } from '../errors.ts'
import { newMessageId } from '../ids.ts'
import type { Reader, Transaction } from '../store/database.ts'
import * as rows from '../store/messages.ts'
import type { PageQuery } from '../store/page.ts'
import { activeRun } from '../store/runs.ts'
import { getThread, hasThread, touchThread, updateThread } from '../store/threads.ts'
import type { Context } from './context.ts'
import { existingFiles } from './existing-files.ts'
import { toList, type List } from './list.ts'
import { addToThreadStore } from './thread-store.ts'

export async function createMessage(
  ctx: Context,
  threadId: string,
  input: CreateMessageRequest,
): Promise<Message> {
  return ctx.db.write(async (tx) => {
    const thread = await getThread(tx, ctx.project, threadId)
    if (!thread) throw notFound('thread', threadId)
    const run = await activeRun(tx, threadId)
    // Clients read both ids out of this text.
    if (run) throw conflict(`Can't add messages to ${threadId} while a run ${run.id} is active.`)
    await touchThread(tx, ctx.project, threadId, nowSeconds())
    return addMessage(tx, ctx, thread, input, '')
  })
}

/** The messages of a request that makes more than one; `at` is the name of their list in it. */
export async function addMessages(
  tx: Transaction,
  ctx: Pick<Context, 'project' | 'signals'>,
  thread: Omit<ThreadRecord, 'seq'>,
  requests: CreateMessageRequest[],
  at: string,
): Promise<void> {
  for (const [index, request] of requests.entries()) {
    await addMessage(tx, ctx, thread, request, `${at}[${index}].`)
  }
}

/** Its files for tools become the thread's (as recorded): `thread` is changed as well as its row. */
async function addMessage(
  tx: Transaction,
  ctx: Pick<Context, 'project' | 'signals'>,
  thread: Omit<ThreadRecord, 'seq'>,
  request: CreateMessageRequest,
  at: string,
): Promise<Message> {
  for (const [index, part] of request.content.entries()) {
    if (part.type !== 'image_file') continue
    const param = `${at}content[${index}].image_file.file_id`
    const [file] = await existingFiles(tx, ctx.project, [part.image_file.file_id], param)
    const refused = file && refusedAsImage(file.body.filename)
    if (refused) throw invalid(refused, param)
  }
  if (request.attachments.length > 0) {
    const attached = [...new Set(request.attachments.map((attachment) => attachment.file_id))]
    await existingFiles(tx, ctx.project, attached, `${at}attachments`)
    await giveFiles(tx, thread, filesForTool(request, 'code_interpreter'), `${at}attachments`)
    await addToThreadStore(tx, ctx, thread, filesForTool(request, 'file_search'))
  }
  const message = {
    id: newMessageId(),
    project: ctx.project,
    thread_id: thread.id,
    run_id: null,
    body: messageBody(request, nowSeconds()),
  }
  await rows.insertMessage(tx, message)
  return toMessage(message)
}

async function giveFiles(
  tx: Transaction,
  thread: Omit<ThreadRecord, 'seq'>,
  files: string[],
  param: string,
): Promise<void> {
  const had = thread.body.tool_resources.code_interpreter?.file_ids ?? []
  const all = [...new Set([...had, ...files])]
  if (all.length === had.length) return
  if (all.length > maxCodeInterpreterFiles) {
    throw invalid(
      `Invalid '${param}': too many files. A thread has at most ${maxCodeInterpreterFiles} files for code interpreter, but would have ${all.length}.`,
      param,
      'array_above_max_length',
    )
  }
  thread.body.tool_resources = { ...thread.body.tool_resources, code_interpreter: { file_ids: all } }
  await updateThread(tx, thread)
}

export async function listMessages(
  ctx: Context,
  threadId: string,
  query: PageQuery & { run_id?: string | undefined },
): Promise<List<Message>> {
  await requireThread(ctx.db, ctx, threadId)
  return toList(await rows.listMessages(ctx.db, ctx.project, threadId, query), toMessage)
}

export async function getMessage(ctx: Context, threadId: string, id: string): Promise<Message> {
  return toMessage(await findMessage(ctx.db, ctx, threadId, id))
}

export async function modifyMessage(
  ctx: Context,
  threadId: string,
  id: string,
  input: ModifyMessageRequest,
): Promise<Message> {
  return ctx.db.write(async (tx) => {
    const message = await findMessage(tx, ctx, threadId, id)
    if (input.metadata !== undefined) message.body.metadata = input.metadata ?? {}
    await rows.updateMessage(tx, message)
    return toMessage(message)
  })
}

export async function deleteMessage(ctx: Context, threadId: string, id: string): Promise<MessageDeleted> {
  return ctx.db.write(async (tx) => {
    await requireThread(tx, ctx, threadId)
    if (!(await rows.deleteMessage(tx, ctx.project, threadId, id))) throw notFound('message', id)
    return { id, object: 'thread.message.deleted', deleted: true }
  })
}

/** 404 for the thread where that is what is missing. */
async function findMessage(db: Reader, ctx: Context, threadId: string, id: string): Promise<MessageRecord> {
  await requireThread(db, ctx, threadId)
  const message = await rows.getMessage(db, ctx.project, threadId, id)
  if (!message) throw notFound('message', id)
  return message
}

async function requireThread(db: Reader, ctx: Context, id: string): Promise<void> {
  if (!(await hasThread(db, ctx.project, id))) throw notFound('thread', id)
}
