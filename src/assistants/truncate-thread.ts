import type { MessageRecord } from '../contract/messages.ts'
import type { RunRecord } from '../contract/runs.ts'
import type { RunStepRecord } from '../contract/run-steps.ts'
import type { Conversation, ConversationTurn } from '../engine/conversation.ts'
import { partsOf, sizeOf, sizeOfCalls, type Exchange, type StepTurn } from './conversation-parts.ts'
import type { Reader } from '../store/database.ts'
import { firstMessage, newestMessages } from '../store/messages.ts'
import { stepsOfRuns } from '../store/run-steps.ts'
import type { Tools, ToolSet } from '../tools/tool-set.ts'
import { attachmentTexts } from './attached-files.ts'
import { contentOf } from './message-text.ts'
import { callsTurn } from './replayed-calls.ts'

type Step = Omit<RunStepRecord, 'seq'>

export interface ConversationOf {
  db: Reader
  run: RunRecord
  /** The steps of the run so far. */
  own: Step[]
  tools: Tools
  set: ToolSet
}

const pageSize = 50

/**
 * Reads the part of a thread that fits into `budget` tokens. It reads page by page from the end, so that the cost
 * depends on the size of the window and not on the length of the thread. With `auto` the first message is kept and the
 * middle is left out. With `last_messages` only that many messages are taken (as recorded). What the run itself has
 * said is always included and does not count. The message before it is always included too, because otherwise the run
 * would not know what it was asked.
 */
export async function truncateThread(of: ConversationOf, budget: number): Promise<Conversation> {
  const { db, run, own } = of
  const { type, last_messages } = run.request.truncation_strategy
  const most = type === 'last_messages' ? (last_messages ?? 1) : Number.POSITIVE_INFINITY
  const pageBefore = (seq: number) => newestMessages(db, run.project, run.thread_id, seq, pageSize)
  let page = await pageBefore(Number.MAX_SAFE_INTEGER)
  // The newest page contains the whole of most threads, so the first message need not be read again.
  const first = page.length < pageSize ? page.at(-1) : await firstMessage(db, run.project, run.thread_id)
  let opening = type === 'auto' ? openingExchange(first, budget) : undefined
  const openingSize = opening ? sizeOf(opening) : 0
  const after = turnsByMessage(of, own).after.get(run.id) ?? []
  let ownSize = sizeOfCalls(after)
  let left = budget - ownSize - openingSize

  const newestFirst: Exchange[] = []
  let taken = 0
  let newestSize = 0
  let cut: Conversation['cut']
  reading: for (;;) {
    const runs = new Set(page.flatMap((message) => message.run_id ?? []))
    const ownSteps = runs.delete(run.id) ? own : []
    const turns = turnsByMessage(of, [...(await stepsOfRuns(db, run.project, [...runs])), ...ownSteps])
    for (const message of page) {
      if (message.seq === opening?.message.seq) break reading
      if (!speaks(message) || isReplaced(message, run)) continue
      const exchange: Exchange = {
        message,
        before: turns.before.get(message.id) ?? [],
        afterCalls: turns.afterCalls.has(message.id),
      }
      const size = sizeOf(exchange)
      if (taken > 0 && (size > left || taken >= most)) {
        cut = cutOf(taken >= most ? 'last_messages' : 'budget', newestFirst, opening)
        break reading
      }
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
  else if (opening && newestSize + ownSize + openingSize > budget) {
    opening = undefined
    cut = cutOf(cut?.by ?? 'budget', newestFirst, opening)
  }
  const all = opening ? [opening, ...exchanges] : exchanges
  const turns = [...(await turnsOf(of, all)), ...after]
  const brokeOff = after.length === 0 && all.at(-1)?.message.run_id === run.id
  return { turns, newestSize, ownSize, brokeOff, cut, parts: partsOf(all, after) }
}

/** What is left out lies between the first message, if that is kept, and the oldest one that was taken. */
const cutOf = (
  by: 'budget' | 'last_messages',
  newestFirst: Exchange[],
  opening: Exchange | undefined,
): Conversation['cut'] => ({
  by,
  after: opening?.message.seq ?? 0,
  before: newestFirst.at(-1)?.message.seq ?? 0,
})

/** In the order of the conversation: calls before the message that followed them. */
async function turnsOf({ db, run, set }: ConversationOf, exchanges: Exchange[]): Promise<ConversationTurn[]> {
  const attachments = exchanges.flatMap(({ message }) => message.body.attachments)
  const describe = await attachmentTexts(db, run, set, attachments)
  return exchanges.flatMap(({ message, before, afterCalls }) => {
    const content = contentOf(message, message.run_id === run.id, describe)
    const calls = afterCalls ? before.at(-1) : undefined
    // The message was said together with the calls, so it goes into the same turn. After a result the model is expected
    // to speak.
    if (calls) return [...before.slice(0, -1), { ...calls, said: content }]
    return [...before, { speaker: message.body.role === 'user' ? 'user' : 'model', content }]
  })
}

/** The first message of the thread. Undefined when it would take more than a quarter of the budget. */
function openingExchange(message: MessageRecord | undefined, budget: number): Exchange | undefined {
  if (!message || !speaks(message) || message.run_id !== null) return undefined
  const exchange = { message, before: [], afterCalls: false }
  return sizeOf(exchange) <= budget / 4 ? exchange : undefined
}

/** False for a message that is still in progress or that ended before its first word. */
const speaks = ({ body }: MessageRecord) =>
  body.status !== 'in_progress' &&
  body.content.some((part) => part.type !== 'text' || part.text.value.length > 0)

/** True for text of this run that was cut off. It is left out, because the run says it again. */
const isReplaced = (message: MessageRecord, run: RunRecord) =>
  message.run_id === run.id && message.body.status === 'incomplete'

/** Finds the finished calls before each message of their run, and the calls after the last message. */
function turnsByMessage({ tools, run }: ConversationOf, steps: Step[]) {
  const before = new Map<string, StepTurn[]>()
  const after = new Map<string, StepTurn[]>()
  const afterCalls = new Set<string>()
  for (const { id, run_id, status, body, ...more } of steps) {
    const waiting = after.get(run_id) ?? []
    if (status !== 'completed') continue
    if (body.step_details.type === 'message_creation') {
      const { message_id } = body.step_details.message_creation
      before.set(message_id, waiting)
      if (body.after_calls && waiting.length > 0) afterCalls.add(message_id)
      after.set(run_id, [])
    } else {
      // A step of this run may have no number yet, and one of another run is told shorter by its number.
      const step = 'seq' in more && run_id !== run.id ? Number(more.seq) : id
      after.set(run_id, [...waiting, { ...callsTurn(tools, body, run_id === run.id), step }])
    }
  }
  return { before, after, afterCalls }
}
