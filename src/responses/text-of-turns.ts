import type { Content, ConversationTurn } from '../engine/conversation.ts'
import { estimateTokens } from '../models/tokens.ts'
import type { Turn } from './to-turns.ts'

/**
 * The turns as one text, of at most about `budget` tokens: the oldest ones are left out. Undefined when there is nothing in
 * them.
 */
export function textOfTurns(turns: readonly Turn[], budget: number): string | undefined {
  const texts = turns.map(({ turn }) => textOf(turn)).filter((text) => text !== '')
  const sent: string[] = []
  let left = budget
  for (const text of texts.toReversed()) {
    const size = estimateTokens(text)
    if (size > left) {
      // Of one that alone is too long its end is sent.
      if (sent.length === 0) sent.push(text.slice(-Math.max(Math.floor(left * (text.length / size)), 1)))
      break
    }
    left -= size
    sent.push(text)
  }
  return sent.length === 0 ? undefined : sent.toReversed().join('\n\n')
}

function textOf(turn: ConversationTurn): string {
  switch (turn.speaker) {
    case 'system':
      return `Developer: ${turn.text}`
    case 'tools':
      return turn.calls
        .map(({ name, arguments: given, result }) => `Call of ${name} with ${given}\nResult: ${result}`)
        .join('\n\n')
    default:
      return `${turn.speaker === 'user' ? 'User' : 'Assistant'}: ${turn.content.map(shown).join('\n')}`
  }
}

const shown = (part: Content): string => (part.type === 'text' ? part.text : '[picture]')
