import type { Conversation, ConversationTurn } from '../engine/conversation.ts'
import { estimateTokens } from '../models/tokens.ts'
import type { Turn } from './to-turns.ts'

/** About what a picture costs with common models. */
const imageTokens = 1_000
const perTurn = 4

/**
 * The turns that the model is sent. With `auto` the oldest ones are left out until the rest fits into `budget` tokens; calls
 * stay with their results. With `disabled` all of them are sent, and count as what the run has to answer.
 */
export function fitTurns(turns: Turn[], truncation: 'auto' | 'disabled', budget: number): Conversation {
  const sizes = turns.map(({ turn }) => sizeOf(turn))
  const sum = (which: (index: number) => boolean) =>
    sizes.reduce((all, size, index) => (which(index) ? all + size : all), 0)
  const ownSize = sum((index) => turns[index]?.own ?? false)
  const newest = turns.findLastIndex(({ turn, own }) => !own && turn.speaker !== 'system')
  const first = truncation === 'auto' ? firstThatFits(turns, sizes, { newest, left: budget - ownSize }) : 0
  const isSent = (index: number) => index >= first || turns[index]?.turn.speaker === 'system'
  const sent = turns.filter((_, index) => isSent(index))
  const brokeOff = sent.at(-1)?.own === true && sent.at(-1)?.turn.speaker === 'model'
  return {
    turns: sent.map(({ turn }) => turn),
    ownSize,
    newestSize: truncation === 'auto' ? (sizes[newest] ?? 0) : sum((index) => !turns[index]?.own),
    brokeOff,
    cut: first === 0 ? undefined : { by: 'budget', after: 0, before: first },
    parts: sizes.flatMap((size, index) => (isSent(index) ? [['turn', size, index] as const] : [])),
  }
}

/** The newest turn that the run has to answer is always sent, and what the run itself has said. */
function firstThatFits(
  turns: Turn[],
  sizes: number[],
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
