import { nowSeconds } from '../common/clock.ts'
import { refusedAsImage } from '../contract/files.ts'
import {
  filesForTool,
  filesOfMessage,
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
import {
  filesNotFound,
  invalid,
  isOfResponse,
  messagesAreRead,
  notFound,
  threadIsLocked,
} from '../errors/errors.ts'
import { newMessageId } from '../common/ids.ts'
import { BeginAgain, type Reader, type Transaction } from '../store/database.ts'
import { namesOfFiles } from '../store/files.ts'
import * as rows from '../store/messages.ts'
import type { PageQuery } from '../store/page.ts'
import { addToFreeThread, hasThread, openThread, updateThread } from '../store/threads.ts'
import type { Context } from './context.ts'
import { toListPage, type List } from './list.ts'
import { takeTurns } from '../common/take-turns.ts'
import { addToThreadStore } from './thread-store.ts'

export async function createMessage(
  ctx: Context,
  threadId: string,
  input: CreateMessageRequest,
): Promise<Message> {
  const plain = newMessage(ctx, threadId, input)
  let mayBePlain = filesOfMessage(input).length === 0
  const lookAtThread = () => {
    mayBePlain = false
    return new BeginAgain()
  }
  return ctx.db.write(async (tx) => {
    if (mayBePlain) {
      addToFreeThread(tx, plain, { now: nowSeconds(), refusal: lookAtThread })
      return toMessage(plain)
    }
    const opened = await openThread(tx, ctx.project, threadId)
    if (!opened) throw notFound('thread', threadId)
    const { thread, activeRun, touch } = opened
    if (activeRun !== undefined) throw threadIsLocked(threadId, activeRun)
    touch(nowSeconds())
    const [message] = await addMessages(tx, ctx, thread, [input], () => '')
    if (!message) throw new Error('a message was not added')
    return toMessage(message)
  })
}

/**
 * Adds the messages of a request, which may be many. Files for tools also become files of the thread (as recorded), so
 * `thread` is changed together with its row. `at` gives the path of each message in the request.
 */
export async function addMessages(
  tx: Transaction,
  ctx: Pick<Context, 'project' | 'apiKey' | 'admission'>,
  thread: Omit<ThreadRecord, 'seq'>,
  requests: CreateMessageRequest[],
  at: (index: number) => string,
): Promise<Omit<MessageRecord, 'seq'>[]> {
  const turn = takeTurns()
  const files = [...new Set(requests.flatMap(filesOfMessage))]
  await tx.lockOwn(ctx.project, 'files', ...files)
  const names = await namesOfFiles(tx, ctx.project, files)
  for (const [index, request] of requests.entries()) {
    checkFiles(request, names, at(index))
    await turn()
  }
  await giveFiles(tx, thread, requests, at)
  const searched = requests.flatMap((request) => filesForTool(request, 'file_search'))
  await addToThreadStore(tx, ctx, thread, [...new Set(searched)])
  const messages: Omit<MessageRecord, 'seq'>[] = []
  for (const request of requests) {
    const message = newMessage(ctx, thread.id, request)
    rows.insertMessage(tx, message)
    messages.push(message)
    await turn()
  }
  return messages
}

const newMessage = (
  { project }: Pick<Context, 'project'>,
  thread_id: string,
  request: CreateMessageRequest,
): Omit<MessageRecord, 'seq'> => ({
  id: newMessageId(),
  project,
  thread_id,
  run_id: null,
  body: messageBody(request, nowSeconds()),
})

/** `names` contains the files that exist. */
function checkFiles(request: CreateMessageRequest, names: Map<string, string>, at: string): void {
  for (const [index, part] of request.content.entries()) {
    if (part.type !== 'image_file') continue
    const { file_id } = part.image_file
    const param = `${at}content[${index}].image_file.file_id`
    const name = names.get(file_id)
    if (name === undefined) throw filesNotFound([file_id], param)
    const refused = refusedAsImage(name)
    if (refused) throw invalid(refused, param)
  }
  const attached = new Set(request.attachments.map((attachment) => attachment.file_id))
  const missing = [...attached].filter((id) => !names.has(id))
  if (missing.length > 0) throw filesNotFound(missing, `${at}attachments`)
}

/** Adds the files for the code interpreter to the thread. */
async function giveFiles(
  tx: Transaction,
  thread: Omit<ThreadRecord, 'seq'>,
  requests: CreateMessageRequest[],
  at: (index: number) => string,
): Promise<void> {
  const had = thread.body.tool_resources.code_interpreter?.file_ids ?? []
  const all = new Set(had)
  for (const [index, request] of requests.entries()) {
    for (const id of filesForTool(request, 'code_interpreter')) all.add(id)
    if (all.size > Math.max(maxCodeInterpreterFiles, had.length)) {
      const param = `${at(index)}attachments`
      throw invalid(
        `Invalid '${param}': too many files. A thread has at most ${maxCodeInterpreterFiles} files for code interpreter, but would have ${all.size}.`,
        param,
        'array_above_max_length',
      )
    }
  }
  if (all.size === had.length) return
  thread.body.tool_resources = { ...thread.body.tool_resources, code_interpreter: { file_ids: [...all] } }
  updateThread(tx, thread)
}

export async function listMessages(
  ctx: Context,
  threadId: string,
  query: PageQuery & { run_id?: string | undefined },
): Promise<List<Message>> {
  // Without the thread no cursor is right, and it is the thread that the client is told of.
  if ((query.after ?? query.before) !== undefined) await requireThread(ctx.db, ctx, threadId)
  const page = await rows.listMessages(ctx.db, ctx.project, threadId, query)
  if (page.data.length === 0) await requireThread(ctx.db, ctx, threadId)
  return toListPage(page, toMessage)
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
    await tx.lockOwn(ctx.project, 'messages', id)
    const message = await findMessage(tx, ctx, threadId, id)
    if (input.metadata !== undefined) message.body.metadata = input.metadata ?? {}
    rows.updateMessage(tx, message)
    return toMessage(message)
  })
}

export async function deleteMessage(ctx: Context, threadId: string, id: string): Promise<MessageDeleted> {
  return ctx.db.write(async (tx) => {
    const opened = await openThread(tx, ctx.project, threadId)
    if (!opened) throw notFound('thread', threadId)
    // A run bears it. A response has told its caller what it goes on with, and its items are locked as well.
    const { activeRun } = opened
    if (activeRun !== undefined && isOfResponse(activeRun)) throw messagesAreRead(threadId, activeRun)
    if (!(await rows.deleteMessage(tx, ctx.project, threadId, id))) throw notFound('message', id)
    return { id, object: 'thread.message.deleted', deleted: true }
  })
}

/** Answers 404 for the thread when the thread does not exist. */
async function findMessage(db: Reader, ctx: Context, threadId: string, id: string): Promise<MessageRecord> {
  await requireThread(db, ctx, threadId)
  const message = await rows.getMessage(db, ctx.project, threadId, id)
  if (!message) throw notFound('message', id)
  return message
}

async function requireThread(db: Reader, ctx: Context, id: string): Promise<void> {
  if (!(await hasThread(db, ctx.project, id))) throw notFound('thread', id)
}
