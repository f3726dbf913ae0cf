import type { MessageRecord } from '../contract/messages.ts'
import type { HiddenOfStep, RunStepBody, RunStepRecord, ToolCall } from '../contract/run-steps.ts'
import type { RunRecord } from '../contract/runs.ts'
import type { Reader } from '../store/database.ts'
import { firstMessage, newestMessages } from '../store/messages.ts'
import { stepsOfRuns } from '../store/run-steps.ts'
import { estimateTokens } from './tokens.ts'

/** Tool calls of one step with what the model was told of their results. */
export interface ToolTurn {
  calls: ToolCall[]
  told: Record<string, string>
  asked: Record<string, string>
  /** Of the run itself only: providers want it back within a turn of the conversation, not later. */
  replay: HiddenOfStep['replay']
}

/** A message and the tool turns of its run that led to it. */
export interface Exchange {
  message: MessageRecord
  before: ToolTurn[]
}

export interface History {
  exchanges: Exchange[]
  /** Tool turns of the run after its last message: what the model has to go on from. */
  after: ToolTurn[]
}

const pageSize = 50

/**
 * The part of a thread that fits: read from its end, page by page, until `budget` tokens are used, so that its cost
 * is that of the window and not of the thread. With `auto` the first message is kept and the middle is left out;
 * with `last_messages` only so many are taken (as recorded). What the run itself has said is always there and counts for
 * none of them, and so is the message before it: the run would not know what it was asked.
 */
export async function readHistory(db: Reader, run: RunRecord, budget: number): Promise<History> {
  const { type, last_messages } = run.request.truncation_strategy
  const most = type === 'last_messages' ? (last_messages ?? 1) : Number.POSITIVE_INFINITY
  const own = await stepsOfRuns(db, run.project, [run.id])
  const after = turnsByMessage(own, run.id).after.get(run.id) ?? []
  const opening = type === 'auto' ? await openingExchange(db, run, budget) : undefined
  let left = budget - sizeOfTurns(after) - (opening ? sizeOf(opening) : 0)

  const newestFirst: Exchange[] = []
  let taken = 0
  let before = Number.MAX_SAFE_INTEGER
  reading: for (;;) {
    const page = await newestMessages(db, run.project, run.thread_id, before, pageSize)
    const runIds = [...new Set(page.flatMap((message) => message.run_id ?? []))]
    const turns = turnsByMessage(await stepsOfRuns(db, run.project, runIds), run.id).before
    for (const message of page) {
      before = message.seq
      if (message.seq === opening?.message.seq) break reading
      if (!speaks(message)) continue
      const exchange = { message, before: turns.get(message.id) ?? [] }
      const size = sizeOf(exchange)
      if (taken > 0 && (size > left || taken >= most)) break reading
      newestFirst.push(exchange)
      left -= size
      if (message.run_id !== run.id) taken++
    }
    if (page.length < pageSize) break
  }
  const exchanges = newestFirst.toReversed()
  return { exchanges: opening ? [opening, ...exchanges] : exchanges, after }
}

/** The thread's first message, unless it would take more than a quarter of the room. */
async function openingExchange(db: Reader, run: RunRecord, budget: number): Promise<Exchange | undefined> {
  const message = await firstMessage(db, run.project, run.thread_id)
  if (!message || !speaks(message) || message.run_id !== null) return undefined
  const exchange = { message, before: [] }
  return sizeOf(exchange) <= budget / 4 ? exchange : undefined
}

/** A message that is still open, or that broke off before a word, says nothing. */
const speaks = ({ body }: MessageRecord) =>
  body.status !== 'in_progress' &&
  body.content.some((part) => part.type !== 'text' || part.text.value.length > 0)

/** Which finished tool turns came before each message of their run, and which after its last. */
function turnsByMessage(steps: RunStepRecord[], current: string) {
  const before = new Map<string, ToolTurn[]>()
  const after = new Map<string, ToolTurn[]>()
  for (const { run_id, status, body } of steps) {
    const waiting = after.get(run_id) ?? []
    if (status !== 'completed') continue
    if (body.step_details.type === 'message_creation') {
      before.set(body.step_details.message_creation.message_id, waiting)
      after.set(run_id, [])
    } else {
      after.set(run_id, [
        ...waiting,
        {
          calls: body.step_details.tool_calls,
          told: run_id === current ? (body.told ?? {}) : withoutPassages(body),
          asked: body.asked ?? {},
          replay: run_id === current ? body.replay : undefined,
        },
      ])
    }
  }
  return { before, after }
}

/** Passages of earlier runs are not paid for again, and their markers cannot be cited by mistake. */
function withoutPassages({ step_details, told = {} }: RunStepBody): Record<string, string> {
  const searches = step_details.type === 'tool_calls' ? step_details.tool_calls : []
  return {
    ...told,
    ...Object.fromEntries(
      searches
        .filter((call) => call.type === 'file_search')
        .map((call) => [call.id, `(${call.file_search.results.length} passages, not repeated here)`]),
    ),
  }
}

/** About what a picture costs with the common models. */
const imageTokens = 1_000
const perMessage = 4
const perAttachment = 60

function sizeOf({ message, before }: Exchange): number {
  let tokens = perMessage + sizeOfTurns(before) + message.body.attachments.length * perAttachment
  for (const part of message.body.content) {
    tokens += part.type === 'text' ? estimateTokens(part.text.value) : imageTokens
  }
  return tokens
}

const sizeOfTurns = (turns: ToolTurn[]) =>
  turns.reduce((sum, { calls, told }) => sum + estimateTokens(JSON.stringify([calls, told])), 0)
