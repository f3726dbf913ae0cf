import { isCall, isCallOutput, type Item, type StoredItem } from '../contract/responses/items.ts'
import { sizeOfTurns } from './fit-turns.ts'
import { isSpokenTo, sinceCompaction } from './since-compaction.ts'
import { turnsOf } from './to-turns.ts'

/** What was said before something, in portions, each with its oldest item first. */
type Before = AsyncIterable<StoredItem[]>

/**
 * Reads a conversation back from its end, portion by portion, to where a summary stands for everything. What a summary of answers
 * stands for is left out. `given` are its newest items.
 */
async function* readBack(before: Before, given: StoredItem[]): AsyncGenerator<StoredItem[], void, undefined> {
  let isFolded = false
  for await (const portion of startingWith(given, before)) {
    yield isFolded ? portion.filter(isSpokenTo) : portion
    const replaces = portion.findLast(({ compacted }) => compacted)?.compacted?.replaces
    if (replaces === 'everything' && !isFolded) return
    isFolded ||= replaces !== undefined
  }
}

/** With the first portion, which has all of most conversations. */
async function* startingWith(given: StoredItem[], before: Before) {
  let newest: StoredItem[] | undefined = given
  for await (const portion of before) {
    yield newest ? [...portion, ...newest] : portion
    newest = undefined
  }
  if (newest) yield newest
}

/** About how many tokens a model would read. */
export async function sizeOfSaid(before: Before, given: StoredItem[]): Promise<number> {
  let size = 0
  // Outputs whose calls stand before what was read.
  let outputs: StoredItem[] = []
  for await (const portion of readBack(before, given)) {
    const read = sinceCompaction(portion.map((stored) => ({ stored, own: false })))
    size += sizeOfTurns(turnsOf(read, outputs))
    const called = new Set(portion.flatMap(({ item }) => (isCall(item) ? [item.call_id] : [])))
    outputs = [...portion, ...outputs].filter(({ item }) => isCallOutput(item) && !called.has(item.call_id))
  }
  return size
}

/** What is folded into a summary. */
interface ToFold {
  /** The newest items, as many as a model can read, and before them what the user and the developer have said. */
  items: StoredItem[]
  /** The calls that have no output yet, and those that the caller has not said anything to that he was asked about. */
  open: StoredItem[]
}

/** Reads what is to be folded by a model that reads about `budget` tokens. */
export async function readToFold(before: Before, given: StoredItem[], budget: number): Promise<ToFold> {
  const items: StoredItem[][] = []
  const open: StoredItem[] = []
  // Of each id, because several calls may have it, and each has an output of its own.
  const answers = new Map<string, number>()
  const isAnswered = (id: string) => {
    const left = answers.get(id) ?? 0
    answers.set(id, Math.max(0, left - 1))
    return left > 0
  }
  let size = 0
  for await (const portion of readBack(before, given)) {
    items.push(size > budget ? portion.filter(isSpokenTo) : portion)
    if (size <= budget) size += sizeOfTurns(turnsOf(portion.map((stored) => ({ stored, own: false }))))
    for (const stored of portion.flatMap((one) => [...(one.compacted?.kept ?? []), one]).reverse()) {
      const { item } = stored
      const answer = answeredBy(item)
      if (answer !== undefined) answers.set(answer, (answers.get(answer) ?? 0) + 1)
      else if (isCall(item) && !isAnswered(item.call_id) && item.status !== 'incomplete') open.push(stored)
      else if (item.type === 'mcp_approval_request' && !isAnswered(item.id)) open.push(stored)
    }
  }
  return { items: items.reverse().flat(), open: open.reverse() }
}

/** The id of the call that an item is the output of, or of the request for approval that it answers. */
function answeredBy(item: Item): string | undefined {
  if (isCallOutput(item)) return item.call_id
  if (item.type === 'mcp_approval_response') return item.approval_request_id
  return item.type === 'mcp_call' ? (item.approval_request_id ?? undefined) : undefined
}
