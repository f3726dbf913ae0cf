import { readAhead } from '../common/read-ahead.ts'
import { isCallOutput, type StoredItem } from '../contract/responses/items.ts'
import type { MessageRecord } from '../contract/messages.ts'
import type { RunRecord } from '../contract/runs.ts'
import type { RunStepRecord } from '../contract/run-steps.ts'
import type { ConversationTurn } from '../engine/conversation.ts'
import type { Reader } from '../store/database.ts'
import { ItemsBetween } from '../store/items-between.ts'
import { messagesIfShort, newestWithItems } from '../store/messages.ts'
import { stepsOfRuns } from '../store/run-steps.ts'
import type { Tools } from '../tools/tool-set.ts'
import { sizeOf, type Exchange, type ItemTurn } from './conversation-parts.ts'
import { NewerItems } from './newer-items.ts'
import { turnsByMessage } from './turns-by-message.ts'

export type Step = Omit<RunStepRecord, 'seq'>

/**
 * What a model is told of items that stand between two messages. `newer` are the items after them that belong to them. `replaces` says what the
 * items stand for of that which was said before: they have a summary of it.
 */
export type ReadItems = (
  items: readonly StoredItem[],
  newer: readonly StoredItem[],
) => {
  turns: (ItemTurn & { turn: ConversationTurn })[]
  replaces: 'everything' | 'answers' | undefined
}

export interface ThreadOf {
  db: Reader
  run: RunRecord
  /** The steps of the run so far. */
  own: Step[]
  tools: Tools
  readItems: ReadItems
}

const pageSize = 50

/** Some messages of a thread, newest first, and whether they are the oldest ones. */
interface Page {
  page: MessageRecord[]
  isLast: boolean
  /** False in a thread that has nothing but messages, so that nothing else need be looked for. */
  hasItems: boolean
}

/** Reads the messages of the thread of a run in the transaction that creates it, where they are few and short. */
export async function readNewest(
  db: Reader,
  run: Pick<RunRecord, 'project' | 'thread_id'>,
): Promise<Pick<RunRecord, 'newest'>> {
  const all = await messagesIfShort(db, run)
  return all ? { newest: readAhead(all) } : {}
}

const newestOfAll = Number.MAX_SAFE_INTEGER

/** The newest messages of the thread of a run before the one with this number. */
export async function newestPage({ db, run }: ThreadOf, before = newestOfAll): Promise<Page> {
  const ahead = before === newestOfAll ? run.newest?.() : undefined
  const { messages, hasItems } = ahead ?? (await newestWithItems(db, run, before, pageSize))
  return { page: messages, isLast: messages.length < pageSize, hasItems }
}

/** What stands in the conversation before its first message. Undefined where it has more than `room` tokens. */
export async function leadingTurns(
  { db, run, readItems }: ThreadOf,
  first: number,
  room: number,
): Promise<ItemTurn[] | undefined> {
  const all: StoredItem[] = []
  for await (const portion of new ItemsBetween(db, run, { from: 0, to: first }).after(0)) {
    all.unshift(...portion.filter(isNoStep))
    const { turns } = readItems(all, [])
    if (turns.reduce((sum, one) => sum + sizeOf(one), 0) > room) return undefined
  }
  return readItems(all, []).turns
}

/**
 * Reads a thread from its end, page by page: its messages with the calls of their runs, and what stands between them, which
 * the responses in the conversation have left there. A summary stands for what was said before it.
 */
export async function* readBack(
  of: ThreadOf,
  newest: Page,
): AsyncGenerator<Exchange | ItemTurn, void, undefined> {
  const { db, run, own, readItems } = of
  const newer = new NewerItems()
  const { hasItems } = newest
  let { page, isLast } = newest
  let to = Number.MAX_SAFE_INTEGER
  let isFolded = false
  for (;;) {
    const from = isLast ? 0 : (page.at(-1)?.seq ?? 0)
    const runs = new Set(page.flatMap((message) => message.run_id ?? []))
    const ownSteps = runs.delete(run.id) ? own : []
    const items = hasItems ? new ItemsBetween(db, run, { from, to }) : undefined
    const [, steps] = await Promise.all([items?.begin(), stepsOfRuns(db, run.project, [...runs])])
    const turns = turnsByMessage(of, [...steps, ...ownSteps])
    for (const message of isLast ? [...page, undefined] : page) {
      const place = message?.seq ?? 0
      for await (const between of wholeCalls(items?.after(place))) {
        const read = readItems(between.filter(isNoStep), newer.belongingTo(between))
        yield* read.turns.filter(({ turn }) => !isFolded || turn.speaker === 'system').toReversed()
        if (read.replaces === 'everything') return
        isFolded ||= read.replaces !== undefined
        newer.addBefore(between)
      }
      to = place
      if (message && !(isFolded && message.body.role === 'assistant'))
        yield {
          message,
          before: turns.before.get(message.id) ?? [],
          afterCalls: turns.afterCalls.has(message.id),
        }
    }
    if (isLast) return
    ;({ page, isLast } = await newestPage(of, from))
  }
}

/** So many calls that follow each other are not kept together. */
const maxTogether = 400

/** The same items, in portions that do not end between calls that were made together, or after the reasoning before them. */
async function* wholeCalls(
  portions: AsyncIterable<StoredItem[]> | undefined,
): AsyncGenerator<StoredItem[], void, undefined> {
  let rest: StoredItem[] = []
  for await (const portion of portions ?? []) {
    const all = [...portion, ...rest]
    const end = all.findIndex(({ item }) => item.type === 'message' || isCallOutput(item))
    const from = end < 0 && all.length > maxTogether ? 0 : end
    rest = from < 0 ? all : all.slice(0, from)
    if (from >= 0) yield all.slice(from)
  }
  if (rest.length > 0) yield rest
}

const isNoStep = ({ step_call }: StoredItem) => step_call === undefined
