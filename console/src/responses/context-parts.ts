import type { ResponseContextPart } from '../../../src/contract/responses/response-spans.ts'
import { requestPartInWords } from '../parts/request-part-in-words.ts'
import type { ContextGroup, GroupShare } from '../runs/context-groups.ts'

export function groupOf(part: ResponseContextPart): ContextGroup {
  switch (part.type) {
    case 'instructions':
    case 'tools':
      return part.type
    case 'items':
      return part.item_ids.length === 0 || part.item_ids.some((id) => id.startsWith('msg_'))
        ? 'messages'
        : 'calls'
    default:
      return 'server'
  }
}

/** How many tokens each group has, in the order of the prompt. */
export function groupShares(parts: readonly ResponseContextPart[]): GroupShare[] {
  const shares = new Map<ContextGroup, GroupShare>()
  for (const part of parts) {
    const group = groupOf(part)
    const share = shares.get(group) ?? { group, tokens: 0, parts: 0 }
    shares.set(group, { group, tokens: share.tokens + part.tokens, parts: share.parts + 1 })
  }
  return [...shares.values()]
}

export function partInWords(part: ResponseContextPart): string {
  if (part.type !== 'items') return requestPartInWords(part)
  if (part.item_ids.length === 0) return 'Said before'
  return groupOf(part) === 'messages' ? 'Message' : 'Calls with their results'
}
