import { nowSeconds } from '../common/clock.ts'
import { isTerminal } from '../contract/run-status.ts'
import type { RunRecord } from '../contract/runs.ts'
import type { RunStepRecord } from '../contract/run-steps.ts'
import { containerOfThread } from '../contract/responses/containers.ts'
import { prefixOf } from '../contract/responses/items.ts'
import { toThread, type CopyThreadRequest, type Thread, type ThreadRecord } from '../contract/threads.ts'
import { notFound } from '../errors/errors.ts'
import { newItemId, newMessageId, newRunId, newStepId, newThreadId } from '../common/ids.ts'
import {
  copyMessage,
  copyRun,
  messagesToCopy,
  renameContainer,
  type CopiedMessage,
} from '../store/copy-rows.ts'
import { containersOf, insertContainer, newestContainer } from '../store/containers.ts'
import { addItemAfter, itemsToCopy, setStepsShown } from '../store/conversation-items.ts'
import type { Transaction } from '../store/database.ts'
import { beingWritten, getMessage } from '../store/messages.ts'
import { runsByIds } from '../store/list-runs.ts'
import { insertStep, stepsOfRuns } from '../store/run-steps.ts'
import { copySandboxFiles } from '../store/sandbox-files.ts'
import { copyThreadUsage } from '../store/usage/spending.ts'
import * as rows from '../store/threads.ts'
import { withRequestIds } from '../responses/approvals.ts'
import { showThreadSteps } from '../responses/show-thread-steps.ts'
import { takeTurns } from '../common/take-turns.ts'
import type { Context } from './context.ts'

/**
 * Copies a thread up to a message. The runs whose messages are copied come along with their steps, because the model reads
 * the calls of earlier runs in their steps. What is being written at the moment is left out.
 */
export async function copyThread(ctx: Context, id: string, input: CopyThreadRequest): Promise<Thread> {
  return ctx.db.write(async (tx) => {
    await tx.lockOwn(ctx.project, 'threads', id)
    const thread = await rows.getThread(tx, ctx.project, id)
    if (!thread) throw notFound('thread', id)
    const now = nowSeconds()
    const { metadata, tool_resources } = thread.body
    const body = {
      created_at: now,
      metadata: input.metadata === undefined ? metadata : (input.metadata ?? {}),
      tool_resources,
    }
    const copy = { seq: 0, id: newThreadId(), project: ctx.project, body }
    rows.insertThread(tx, copy)
    // Calls that are items by then are copied as items, and those of the steps beside them are not shown again.
    await showThreadSteps(tx, thread, ctx.containers.minutes)
    const end = await endOf(tx, thread, input)
    const copied = await copyContent(tx, thread, copy.id, end.message)
    await copyItems(tx, { from: thread, to: copy, end: end.item }, copied)
    setStepsShown(tx, copy.id)
    await nameOwnContainer(tx, thread, copy.id)
    copyThreadUsage(tx, thread.id, copy.id)
    return toThread(copy, 'answer')
  })
}

/** A copy has a container of its own, since that of the original ends with it. */
async function nameOwnContainer(
  tx: Transaction,
  { project, id: from }: ThreadRecord,
  to: string,
): Promise<void> {
  const newest = await newestContainer(tx, project, from)
  if (!newest) return
  const id = containerOfThread(to)
  insertContainer(tx, { ...newest, id, sandbox: to })
  for (const one of await containersOf(tx, from)) renameContainer(tx, to, { from: one, to: id })
}

/** The number of the first message that is not copied, and of the first one after which no item is. */
async function endOf(tx: Transaction, thread: ThreadRecord, { through, before }: CopyThreadRequest) {
  const id = through ?? before
  if (id === undefined) return { message: Number.MAX_SAFE_INTEGER, item: Number.MAX_SAFE_INTEGER }
  const message = await getMessage(tx, thread.project, thread.id, id)
  if (!message) throw notFound('message', id, through === undefined ? 'before' : 'through')
  return { message: through === undefined ? message.seq : message.seq + 1, item: message.seq }
}

const messagesAtOnce = 500
const itemsAtOnce = 500
const runsAtOnce = 50

/** A message that was copied: its number, and the id of its copy. */
interface Copied {
  seq: number
  id: string
}

async function copyContent(
  tx: Transaction,
  thread: ThreadRecord,
  to: string,
  end: number,
): Promise<Copied[]> {
  const turn = takeTurns()
  const { messages, until } = await readMessages(tx, thread.id, end)
  const newIds = new Map(messages.map(({ id }) => [id, newMessageId()]))
  const newRuns = new Map<string, string>()
  const runIds = [...new Set(messages.flatMap(({ run_id }) => run_id ?? []))]
  for (let at = 0; at < runIds.length; at += runsAtOnce) {
    const some = runIds.slice(at, at + runsAtOnce)
    const steps = Map.groupBy(await stepsOfRuns(tx, thread.project, some), ({ run_id }) => run_id)
    for (const run of await runsByIds(tx, thread.project, some)) {
      const runId = newRunId()
      newRuns.set(run.id, runId)
      copyRun(tx, run, { id: runId, thread_id: to, cancelled: !isTerminal(run.status) })
      for (const step of copiedSteps(run, steps.get(run.id) ?? [], newIds)) {
        const thread_id = to
        insertStep(tx, { ...step, id: newStepId(), run_id: runId, body: { ...step.body, thread_id } })
      }
      await turn()
    }
  }
  for (const message of messages) {
    const run_id = newRuns.get(message.run_id ?? '') ?? null
    copyMessage(tx, message, { id: newIds.get(message.id) ?? newMessageId(), thread_id: to, run_id })
    await turn()
  }
  copySandboxFiles(tx, thread.id, to, until)
  return messages.map(({ seq, id }) => ({ seq, id: newIds.get(id) ?? '' }))
}

/** The last of messages in order whose number is at most `place`. */
function lastUpTo(copied: readonly Copied[], place: number): Copied | undefined {
  let low = 0
  for (let high = copied.length; low < high;) {
    const middle = (low + high) >> 1
    if ((copied[middle]?.seq ?? 0) <= place) low = middle + 1
    else high = middle
  }
  return copied[low - 1]
}

/** Copies what of a conversation is no message, each after the copy of the message that it stands after. */
async function copyItems(
  tx: Transaction,
  { from, to, end }: { from: ThreadRecord; to: ThreadRecord; end: number },
  copied: readonly Copied[],
): Promise<void> {
  const turn = takeTurns()
  const newIds = new Map<string, string>()
  for (let after = 0; ;) {
    const items = await itemsToCopy(tx, from.id, { after, limit: itemsAtOnce })
    for (const { place, body } of items) {
      if (place >= end) continue
      const { item } = body
      const id = newItemId(prefixOf(item.type), '')
      newIds.set(item.id, id)
      const copy = withRequestIds({ ...body, item: { ...item, id } }, newIds)
      addItemAfter(tx, to, copy, lastUpTo(copied, place)?.id)
    }
    await turn()
    const last = items.length === itemsAtOnce ? items.at(-1) : undefined
    if (!last) return
    after = last.seq
  }
}

/**
 * The finished messages before the number `end`, and the time (Unix seconds) from which on the thread has something that
 * is not copied.
 */
async function readMessages(tx: Transaction, threadId: string, end: number) {
  const messages: CopiedMessage[] = []
  for (let from = 0; ;) {
    const page = await messagesToCopy(tx, threadId, from, messagesAtOnce)
    for (const message of page) {
      if (message.seq >= end) return { messages, until: timeOf(message) }
      if (!isBeingWritten(message)) messages.push(message)
    }
    const last = page.length === messagesAtOnce ? page.at(-1) : undefined
    if (!last) return { messages, until: Number.MAX_SAFE_INTEGER }
    from = last.seq + 1
  }
}

/** The fields that are asked for come before the content of a message. */
const timeOf = ({ beginning }: CopiedMessage) =>
  Number(/"created_at":(\d+)/.exec(beginning)?.[1] ?? Number.MAX_SAFE_INTEGER)
const isBeingWritten = ({ run_id, beginning }: CopiedMessage) =>
  run_id !== null && beginning.includes(beingWritten)

/**
 * The finished steps of a run up to its last message that is copied, with the new ids of the messages. All of them when
 * none of its messages is left out.
 */
function copiedSteps(
  run: RunRecord,
  steps: RunStepRecord[],
  newIds: ReadonlyMap<string, string>,
): RunStepRecord[] {
  const messageOf = ({ body: { step_details: details } }: RunStepRecord) =>
    details.type === 'message_creation' ? details.message_creation.message_id : undefined
  const isCopied = (step: RunStepRecord) => newIds.has(messageOf(step) ?? '')
  const leftOut = steps.some((step) => messageOf(step) !== undefined && !isCopied(step))
  const some = leftOut ? steps.slice(0, steps.findLastIndex(isCopied) + 1) : steps
  return some
    .filter((step) => isTerminal(run.status) || step.status !== 'in_progress')
    .map((step) => {
      const message_id = newIds.get(messageOf(step) ?? '')
      if (message_id === undefined) return step
      const step_details = { type: 'message_creation' as const, message_creation: { message_id } }
      return { ...step, body: { ...step.body, step_details } }
    })
}
