import type { MessageItem, StoredItem } from '../contract/responses/items.ts'

/** An item, and whether it is of the run that asks the model. */
export interface ReadItem {
  stored: StoredItem
  own: boolean
}

/** What the model reads: from the newest compaction on, which stands for what was said before it. */
export function sinceCompaction(items: readonly ReadItem[]): readonly ReadItem[] {
  const at = items.findLastIndex(({ stored }) => stored.compacted !== undefined)
  const found = items[at]
  const { compacted } = found?.stored ?? {}
  if (!found || !compacted) return items
  const { own } = found
  const before =
    compacted.replaces === 'everything' ? [] : items.slice(0, at).filter(({ stored }) => isSpokenTo(stored))
  const kept = compacted.kept.map((stored) => ({ stored, own }))
  return [...before, { stored: { item: told(compacted.summary) }, own }, ...kept, ...items.slice(at + 1)]
}

/** What the user or the developer has said, for which no summary of answers stands. */
export const isSpokenTo = ({ item }: StoredItem): boolean =>
  item.type === 'message' && item.role !== 'assistant'

/** The id of the summary among what the model reads. No item has it. */
export const summaryId = 'summary'

/** A summary is the work of a model, so it has no more weight than what the user says. */
const told = (summary: string): MessageItem => ({
  id: summaryId,
  type: 'message',
  status: 'completed',
  content: [{ type: 'input_text', text: `Summary of the conversation so far:\n\n${summary}` }],
  role: 'user',
})
