import type { StoredItem } from '../contract/responses/items.ts'
import type { Conversation } from '../engine/conversation.ts'
import { fillBudget, fitTurns, sizeOf, sizeOfTurns } from './fit-turns.ts'
import type { SaidItems } from './said-items.ts'
import { toTurns, turnsOf, type Turn } from './to-turns.ts'

/** How much of a prompt may be what the developer has said so long ago that the rest of that time is left out. */
const systemShare = 0.25

/**
 * Reads what fits into `budget` tokens, and what the developer has said before it. What may not be cut is read whole, or until
 * it has more than `most` tokens.
 */
export async function readPrompt(
  said: SaidItems,
  { truncation, budget, most }: { truncation: 'auto' | 'disabled'; budget: number; most: number },
): Promise<Conversation> {
  const { items, isAll } = await said.until((some) =>
    truncation === 'auto' ? fillBudget(toTurns(some), budget) : sizeOfTurns(toTurns(some)) > most,
  )
  const far = isAll ? [] : await systemTurns(said.unreadOfDeveloper(), budget * systemShare)
  const unread = isAll ? 0 : await said.countUnread()
  return fitTurns(toTurns(items), { truncation, budget, far, unread })
}

/** What the developer has said among these items, as far as it fits into `room` tokens. Portions come newest first. */
async function systemTurns(portions: AsyncIterable<readonly StoredItem[]>, room: number): Promise<Turn[]> {
  const found: Turn[] = []
  let left = room
  for await (const portion of portions) {
    const turns = turnsOf(portion.map((stored) => ({ stored, own: false })))
    for (const turn of turns.filter((one) => one.turn.speaker === 'system').toReversed()) {
      left -= sizeOf(turn.turn)
      if (left < 0) return found.reverse()
      found.push(turn)
    }
  }
  return found.reverse()
}
