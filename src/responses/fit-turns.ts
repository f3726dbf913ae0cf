import type { Conversation, ConversationTurn } from '../engine/conversation.ts'
import { estimateTokens } from '../models/tokens.ts'
import type { Turn } from './to-turns.ts'

/** About what a picture costs with common models. */
const imageTokens = 1_000
const perTurn = 4

interface Room {
  truncation: 'auto' | 'disabled'
  /** In tokens. */
  budget: number
  /** What of the turns that were not read is sent all the same. */
  far: readonly Turn[]
  /** How many items were not read, and are left out but for those. */
  unread: number
}

/**
 * The turns that the model is sent. With `auto` the oldest ones are left out until the rest fits into `budget` tokens; calls
 * stay with their results, and what the developer has said stays as far as it fits. With `disabled` all of them are sent, and
 * count as what the run has to answer.
 */
export function fitTurns(
  turns: readonly Turn[],
  { truncation, budget, far: farTurns, unread }: Room,
): Conversation {
  const own = sizesOf(turns).reduce((all, size, index) => (turns[index]?.own ? all + size : all), 0)
  const all = [...farTurns, ...turns]
  const sizes = sizesOf(all)
  const newest = newestToAnswer(all)
  const isSent = truncation === 'auto' ? chooseTurns(all, sizes, { newest, left: budget - own }) : () => true
  const sent = all.filter((_, index) => isSent(index))
  const last = sent.at(-1)
  const before = all.length - sent.length + unread - farTurns.length
  const ownFrom = farTurns.length + countNotOwn(turns)
  return {
    turns: sent.map(({ turn }) => turn),
    ownSize: own,
    newestSize:
      truncation === 'auto' ? (sizes[newest] ?? 0) : sizes.reduce((sum, size) => sum + size, 0) - own,
    brokeOff: last?.own === true && last.turn.speaker === 'model',
    cut: before === 0 ? undefined : { by: 'budget', after: 0, before },
    parts: all.flatMap(({ ids }, index) => {
      if (!isSent(index)) return []
      const isFar = index < farTurns.length
      return [['turn', sizes[index] ?? 0, ...(isFar ? ids.flat() : [index - ownFrom])] as const]
    }),
  }
}

/** The own turns of a response are numbered from 0 on, and those before them back from -1. */
export const countNotOwn = (turns: readonly Turn[]): number => turns.filter(({ own }) => !own).length

const newestToAnswer = (turns: readonly Turn[]) =>
  turns.findLastIndex(({ turn, own }) => !own && turn.speaker !== 'system')

/** Whether these turns fill the budget, so that none before them is sent. The oldest of them may not be whole. */
export function fillBudget(turns: readonly Turn[], budget: number): boolean {
  const sizes = sizesOf(turns)
  const ownSize = sizes.reduce((all, size, index) => (turns[index]?.own ? all + size : all), 0)
  return firstThatFits(turns, sizes, { newest: newestToAnswer(turns), left: budget - ownSize }) > 0
}

const sizesOf = (turns: readonly Turn[]): number[] => turns.map(({ turn }) => sizeOf(turn))

export const sizeOfTurns = (turns: readonly Turn[]): number =>
  turns.reduce((sum, { turn }) => sum + sizeOf(turn), 0)

interface Left {
  /** The place of the newest turn that the run has to answer. */
  newest: number
  /** In tokens, without what the run itself has said. */
  left: number
}

/**
 * Which of the turns are sent: the newest that fit, and before them what the developer has said, newest first, for which other
 * turns are left out.
 */
function chooseTurns(
  turns: readonly Turn[],
  sizes: readonly number[],
  room: Left,
): (index: number) => boolean {
  const isSystem = (index: number) => turns[index]?.turn.speaker === 'system'
  const costOf = (index: number) => (turns[index]?.own ? 0 : (sizes[index] ?? 0))
  const sumOf = (from: number, to: number, which = (_index: number) => true) => {
    let sum = 0
    for (let index = from; index < to; index++) if (which(index)) sum += costOf(index)
    return sum
  }
  let first = firstThatFits(turns, sizes, room)
  let rest = room.left - sumOf(first, turns.length)
  let replaceable = sumOf(first, room.newest, (index) => !isSystem(index))
  const kept = new Set<number>()
  for (let older = first - 1; older >= 0; older--) {
    if (!isSystem(older)) continue
    const size = costOf(older)
    if (size > rest + replaceable) break
    for (; size > rest; first++) {
      if (isSystem(first)) kept.add(first)
      else {
        rest += costOf(first)
        replaceable -= costOf(first)
      }
    }
    rest -= size
    kept.add(older)
  }
  return (index) => index >= first || kept.has(index)
}

/** The newest turn that the run has to answer is always sent, with what follows it and what the run itself has said. */
function firstThatFits(turns: readonly Turn[], sizes: readonly number[], { newest, left }: Left): number {
  const costOf = (index: number) => (turns[index]?.own ? 0 : (sizes[index] ?? 0))
  let first = Math.max(newest < 0 ? turns.findLastIndex(({ own }) => !own) : newest, 0)
  let rest = left
  for (let index = first; index < turns.length; index++) rest -= costOf(index)
  while (first > 0 && costOf(first - 1) <= rest) rest -= costOf(--first)
  return first
}

/** About how many tokens a turn has. */
export function sizeOf(turn: ConversationTurn): number {
  if (turn.speaker === 'system') return perTurn + estimateTokens(turn.text)
  if (turn.speaker === 'tools') {
    const reasoning = turn.reasoning.reduce((sum, { text }) => sum + estimateTokens(text), 0)
    return turn.calls.reduce(
      (sum, call) =>
        sum +
        perTurn +
        estimateTokens(call.arguments) +
        estimateTokens(call.result) +
        (call.shows ? imageTokens : 0),
      reasoning,
    )
  }
  return turn.content.reduce(
    (sum, part) => sum + (part.type === 'text' ? estimateTokens(part.text) : imageTokens),
    perTurn,
  )
}

export const sizeOfText = (text: string): number => estimateTokens(text)
