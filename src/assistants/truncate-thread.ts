import type { MessageRecord } from '../contract/messages.ts'
import type { RunRecord } from '../contract/runs.ts'
import type { Conversation, ConversationTurn } from '../engine/conversation.ts'
import { firstMessage } from '../store/messages.ts'
import type { ToolSet } from '../tools/tool-set.ts'
import { attachmentTexts } from './attached-files.ts'
import {
  isMessage,
  partsOf,
  sizeOf,
  sizeOfCalls,
  type Exchange,
  type ItemTurn,
} from './conversation-parts.ts'
import { contentOf } from './message-text.ts'
import { leadingTurns, newestPage, readBack, type ThreadOf } from './read-back.ts'
import { turnsByMessage } from './turns-by-message.ts'

export interface ConversationOf extends ThreadOf {
  set: ToolSet
}

/**
 * Reads the part of a thread that fits into `budget` tokens. It reads page by page from the end, so that the cost
 * depends on the size of the window and not on the length of the thread. With `auto` the first message is kept and the
 * middle is left out. With `last_messages` only that many messages are taken (as recorded). What the run itself has
 * said is always included and does not count. The message before it is always included too, because otherwise the run
 * would not know what it was asked. Calls stand with their results, which are taken or left out together.
 */
export async function truncateThread(of: ConversationOf, budget: number): Promise<Conversation> {
  const { db, run, own } = of
  const { type, last_messages } = run.request.truncation_strategy
  const most = type === 'last_messages' ? (last_messages ?? 1) : Number.POSITIVE_INFINITY
  const newest = await newestPage(of)
  // The newest page contains the whole of most threads, so the first message need not be read again.
  const first = newest.isLast ? newest.page.at(-1) : await firstMessage(db, run.project, run.thread_id)
  let opening =
    type === 'auto' ? await openingOf(of, { message: first, hasItems: newest.hasItems }, budget) : []
  const openingSize = sizeOfAll(opening)
  const start = opening.find(isMessage)?.message.seq
  const after = turnsByMessage(of, own).after.get(run.id) ?? []
  let ownSize = sizeOfCalls(after)
  let left = budget - ownSize - openingSize

  const newestFirst: (Exchange | ItemTurn)[] = []
  let taken = 0
  let newestSize = 0
  let cut: Conversation['cut']
  let isFolded = true
  for await (const one of readBack(of, newest)) {
    if (isMessage(one)) {
      isFolded = one.message.seq !== start
      if (!isFolded) break
      if (!speaks(one.message) || isReplaced(one.message, run)) continue
    }
    const size = sizeOf(one)
    const isBeyond = taken >= most && (isMessage(one) || !isAnswer(newestFirst.findLast(isMessage)))
    if (taken > 0 && (size > left || isBeyond)) {
      cut = cutOf(isBeyond ? 'last_messages' : 'budget', newestFirst, start)
      isFolded = false
      break
    }
    // What the newest message has to be read with may be left out, and then everything before it.
    if (!isMessage(one) && size > left) left = 0
    else newestFirst.push(one)
    left -= size
    if (!isMessage(one)) continue
    if (one.message.run_id === run.id) {
      ownSize += size
      continue
    }
    if (taken === 0) newestSize = size
    taken++
  }
  // Where the reading ended before the first message, a summary stands for it.
  if (isFolded) opening = []
  if (taken === 0 && opening.length > 0) newestSize = openingSize
  else if (newestSize + ownSize + openingSize > budget) {
    if (opening.length > 0) cut = cutOf(cut?.by ?? 'budget', newestFirst, undefined)
    opening = []
  }
  const all = [...opening, ...newestFirst.toReversed()]
  const turns = [...(await turnsOf(of, all)), ...after]
  const last = all.findLast(isMessage)
  const brokeOff = after.length === 0 && last?.message.run_id === run.id
  return { turns, newestSize, ownSize, brokeOff, cut, parts: partsOf(all, after) }
}

/** What is left out lies between the first message, if that is kept, and the oldest one that was taken. */
const cutOf = (
  by: 'budget' | 'last_messages',
  newestFirst: (Exchange | ItemTurn)[],
  start: number | undefined,
): Conversation['cut'] => ({
  by,
  after: start ?? 0,
  before: newestFirst.findLast(isMessage)?.message.seq ?? 0,
})

/** In the order of the conversation: calls before the message that followed them. */
async function turnsOf(
  { db, run, set }: ConversationOf,
  all: (Exchange | ItemTurn)[],
): Promise<ConversationTurn[]> {
  const attachments = all.filter(isMessage).flatMap(({ message }) => message.body.attachments)
  const describe = await attachmentTexts(db, run, set, attachments)
  return all.flatMap((one) => {
    if (!isMessage(one)) return [one.turn]
    const { message, before, afterCalls } = one
    const content = contentOf(message, message.run_id === run.id, describe)
    const calls = afterCalls ? before.at(-1) : undefined
    // The message was said together with the calls, so it goes into the same turn. After a result the model is expected
    // to speak.
    if (calls) return [...before.slice(0, -1), { ...calls, said: content }]
    return [...before, { speaker: message.body.role === 'user' ? 'user' : 'model', content }]
  })
}

/** The first message of the thread and what stands before it. Empty when it would take more than a quarter of the budget. */
async function openingOf(
  of: ThreadOf,
  { message, hasItems }: { message: MessageRecord | undefined; hasItems: boolean },
  budget: number,
): Promise<(Exchange | ItemTurn)[]> {
  if (!message || !speaks(message) || message.run_id !== null) return []
  const leading = hasItems ? await leadingTurns(of, message.seq, budget / 4) : []
  if (!leading) return []
  const opening = [...leading, { message, before: [], afterCalls: false } satisfies Exchange]
  return sizeOfAll(opening) <= budget / 4 ? opening : []
}

const sizeOfAll = (all: (Exchange | ItemTurn)[]): number => all.reduce((sum, one) => sum + sizeOf(one), 0)

/** What led to an answer is read with it. */
const isAnswer = (one: Exchange | undefined) => one?.message.body.role === 'assistant'

/** False for a message that is still in progress or that ended before its first word. */
const speaks = ({ body }: MessageRecord) =>
  body.status !== 'in_progress' &&
  body.content.some((part) => part.type !== 'text' || part.text.value.length > 0)

/** True for text of this run that was cut off. It is left out, because the run says it again. */
const isReplaced = (message: MessageRecord, run: RunRecord) =>
  message.run_id === run.id && message.body.status === 'incomplete'
