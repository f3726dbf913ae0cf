import type { Compacted, StoredItem } from '../contract/responses/items.ts'
import type { ConversationTurn } from '../engine/conversation.ts'
import { sizeOf } from './fit-turns.ts'
import { sinceCompaction } from './since-compaction.ts'
import { turnsOf } from './to-turns.ts'

/** What a model reads of items, and what they stand for of that which was said before them. Sizes are in tokens. */
interface TurnsBetween {
  turns: { turn: ConversationTurn; size: number; ids: string[] }[]
  replaces: Compacted['replaces'] | undefined
}

/**
 * What a model is told of items that stand between two messages of a thread. `newer` are those after them, which may have
 * the outputs of their calls.
 */
export function turnsBetween(items: readonly StoredItem[], newer: readonly StoredItem[]): TurnsBetween {
  const read = sinceCompaction(items.map((stored) => ({ stored, own: false })))
  return {
    turns: turnsOf(read, newer).map(({ turn, ids }) => ({ turn, size: sizeOf(turn), ids: ids.flat() })),
    replaces: items.findLast(({ compacted }) => compacted)?.compacted?.replaces,
  }
}
