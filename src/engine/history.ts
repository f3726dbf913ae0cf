import type { MessageRecord } from '../contract/messages.ts'
import type { HiddenOfStep, RunStepBody, RunStepRecord, ToolCall } from '../contract/run-steps.ts'
import type { RunRecord } from '../contract/runs.ts'
import type { Reader } from '../store/database.ts'
import { firstMessage, newestMessages } from '../store/messages.ts'
import { stepsOfRuns } from '../store/run-steps.ts'
import { estimateTokens } from '../models/tokens.ts'
import { resultOf } from './result-of.ts'

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
  /** The model said it together with the last of these turns. */
  afterCalls: boolean
}

export interface History {
  exchanges: Exchange[]
  /** Of the newest message before the run, in tokens: it is there even where it does not fit. */
  newestSize: number
  /** Of what the run itself has said and been told, in tokens: that is there as well. */
  ownSize: number
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
  const pageBefore = (seq: number) => newestMessages(db, run.project, run.thread_id, seq, pageSize)
  let page = await pageBefore(Number.MAX_SAFE_INTEGER)
  // Most threads are in their newest page from the first message on.
  const first = page.length < pageSize ? page.at(-1) : await firstMessage(db, run.project, run.thread_id)
  let opening = type === 'auto' ? openingExchange(first, budget) : undefined
  const openingSize = opening ? sizeOf(opening) : 0
  let ownSize = sizeOfTurns(after)
  let left = budget - ownSize - openingSize

  const newestFirst: Exchange[] = []
  let taken = 0
  let newestSize = 0
  reading: for (;;) {
    const runIds = [...new Set(page.flatMap((message) => message.run_id ?? []))]
    const turns = turnsByMessage(await stepsOfRuns(db, run.project, runIds), run.id)
    for (const message of page) {
      if (message.seq === opening?.message.seq) break reading
      if (!speaks(message) || isReplaced(message, run)) continue
      const exchange: Exchange = {
        message,
        before: turns.before.get(message.id) ?? [],
        afterCalls: turns.afterCalls.has(message.id),
      }
      const size = sizeOf(exchange)
      if (taken > 0 && (size > left || taken >= most)) break reading
      newestFirst.push(exchange)
      left -= size
      if (message.run_id === run.id) {
        ownSize += size
        continue
      }
      if (taken === 0) newestSize = size
      taken++
    }
    const oldest = page.length === pageSize ? page.at(-1) : undefined
    if (!oldest) break
    page = await pageBefore(oldest.seq)
  }
  const exchanges = newestFirst.toReversed()
  if (opening && taken === 0) newestSize = openingSize
  else if (newestSize + ownSize + openingSize > budget) opening = undefined
  return { exchanges: opening ? [opening, ...exchanges] : exchanges, after, newestSize, ownSize }
}

/** The thread's first message, unless it would take more than a quarter of the room. */
function openingExchange(message: MessageRecord | undefined, budget: number): Exchange | undefined {
  if (!message || !speaks(message) || message.run_id !== null) return undefined
  const exchange = { message, before: [], afterCalls: false }
  return sizeOf(exchange) <= budget / 4 ? exchange : undefined
}

/** A message that is still open, or that broke off before a word, says nothing. */
const speaks = ({ body }: MessageRecord) =>
  body.status !== 'in_progress' &&
  body.content.some((part) => part.type !== 'text' || part.text.value.length > 0)

/** What an attempt of the run said before it broke off: the run says it anew. */
const isReplaced = (message: MessageRecord, run: RunRecord) =>
  message.run_id === run.id && message.body.status === 'incomplete'

/** Which finished tool turns came before each message of their run, and which after its last. */
function turnsByMessage(steps: RunStepRecord[], current: string) {
  const before = new Map<string, ToolTurn[]>()
  const after = new Map<string, ToolTurn[]>()
  const afterCalls = new Set<string>()
  for (const { run_id, status, body } of steps) {
    const waiting = after.get(run_id) ?? []
    if (status !== 'completed') continue
    if (body.step_details.type === 'message_creation') {
      const { message_id } = body.step_details.message_creation
      before.set(message_id, waiting)
      if (body.after_calls && waiting.length > 0) afterCalls.add(message_id)
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
  return { before, after, afterCalls }
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
    if (part.type === 'text') tokens += estimateTokens(part.text.value)
    else if (part.type === 'refusal') tokens += estimateTokens(part.refusal)
    // Of its own pictures a model is only told.
    else tokens += message.body.role === 'assistant' ? perMessage : imageTokens
  }
  return tokens
}

/** As they are told to the model: what a step keeps besides is not sent. */
function sizeOfTurns(turns: ToolTurn[]): number {
  let tokens = 0
  for (const { calls, told, asked, replay } of turns) {
    for (const { text } of replay?.reasoning ?? []) tokens += estimateTokens(text)
    for (const call of calls) {
      const input = asked[call.id] ?? inputOf(call)
      tokens += perMessage + estimateTokens(input) + estimateTokens(told[call.id] ?? resultOf(call))
    }
  }
  return tokens
}

function inputOf(call: ToolCall): string {
  if (call.type === 'function') return call.function.arguments
  return call.type === 'code_interpreter' ? call.code_interpreter.input : ''
}
