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
 * stay with their results. With `disabled` all of them are sent, and count as what the run has to answer.
 */
export function fitTurns(turns: readonly Turn[], { truncation, budget, far, unread }: Room): Conversation {
  const sizes = turns.map(({ turn }) => sizeOf(turn))
  const sum = (which: (index: number) => boolean) =>
    sizes.reduce((all, size, index) => (which(index) ? all + size : all), 0)
  const ownSize = sum((index) => turns[index]?.own ?? false)
  const newest = newestToAnswer(turns)
  const first = truncation === 'auto' ? firstThatFits(turns, sizes, { newest, left: budget - ownSize }) : 0
  const isSent = (index: number) => index >= first || turns[index]?.turn.speaker === 'system'
  const sent = turns.filter((_, index) => isSent(index))
  const brokeOff = sent.at(-1)?.own === true && sent.at(-1)?.turn.speaker === 'model'
  const before = first + unread - far.length
  const ownFrom = countNotOwn(turns)
  return {
    turns: [...far, ...sent].map(({ turn }) => turn),
    ownSize,
    newestSize: truncation === 'auto' ? (sizes[newest] ?? 0) : sum((index) => !turns[index]?.own),
    brokeOff,
    cut: before === 0 ? undefined : { by: 'budget', after: 0, before },
    parts: [
      ...far.map(({ turn, ids }) => ['turn', sizeOf(turn), ...ids.flat()] as const),
      ...sizes.flatMap((size, index) => (isSent(index) ? [['turn', size, index - ownFrom] as const] : [])),
    ],
  }
}

/** The own turns of a response are numbered from 0 on, and those before them back from -1. */
export const countNotOwn = (turns: readonly Turn[]): number => turns.filter(({ own }) => !own).length

const newestToAnswer = (turns: readonly Turn[]) =>
  turns.findLastIndex(({ turn, own }) => !own && turn.speaker !== 'system')

/** Whether these turns fill the budget, so that none before them is sent. The oldest of them may not be whole. */
export function fillBudget(turns: readonly Turn[], budget: number): boolean {
  const sizes = turns.map(({ turn }) => sizeOf(turn))
  const ownSize = sizes.reduce((all, size, index) => (turns[index]?.own ? all + size : all), 0)
  return firstThatFits(turns, sizes, { newest: newestToAnswer(turns), left: budget - ownSize }) > 0
}

export const sizeOfTurns = (turns: readonly Turn[]): number =>
  turns.reduce((sum, { turn }) => sum + sizeOf(turn), 0)

/** The newest turn that the run has to answer is always sent, and what the run itself has said. */
function firstThatFits(
  turns: readonly Turn[],
  sizes: readonly number[],
  { newest, left }: { newest: number; left: number },
): number {
  let first = Math.max(newest, 0)
  let rest = left - (sizes[newest] ?? 0)
  while (first > 0) {
    const size = turns[first - 1]?.own ? 0 : (sizes[first - 1] ?? 0)
    if (size > rest) break
    rest -= size
    first--
  }
  return first
}

/** About how many tokens a turn has. */
export function sizeOf(turn: ConversationTurn): number {
  if (turn.speaker === 'system') return perTurn + estimateTokens(turn.text)
  if (turn.speaker === 'tools') {
    const reasoning = turn.reasoning.reduce((sum, { text }) => sum + estimateTokens(text), 0)
    return turn.calls.reduce(
      (sum, call) => sum + perTurn + estimateTokens(call.arguments) + estimateTokens(call.result),
      reasoning,
    )
  }
  return turn.content.reduce(
    (sum, part) => sum + (part.type === 'text' ? estimateTokens(part.text) : imageTokens),
    perTurn,
  )
}

export const sizeOfText = (text: string): number => estimateTokens(text)
