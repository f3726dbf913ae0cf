import type { ContextPart } from '../api/runs.ts'

/** What parts of a prompt are drawn as one. In the order of the bar. */
export const contextGroups = {
  instructions: { name: 'Instructions', types: ['instructions'] },
  server: {
    name: 'Added by tools and format',
    types: ['server_instructions', 'response_format', 'repeated_request', 'continuation'],
  },
  tools: { name: 'Tool definitions', types: ['tools'] },
  messages: { name: 'Messages', types: ['message', 'items', 'dropped_messages'] },
  reasoning: { name: 'Reasoning', types: ['reasoning'] },
  calls: { name: 'Tool calls', types: ['tool_call'] },
  results: { name: 'Tool results', types: ['tool_result'] },
  passages: { name: 'Passages', types: [] },
} as const satisfies Record<string, { name: string; types: readonly ContextPart['type'][] }>

export type ContextGroup = keyof typeof contextGroups

/** The results of searches are passages; those of other tools are not. */
export function groupOf(part: ContextPart): ContextGroup {
  if (part.type === 'tool_result' && (part.passages || part.tool === 'file_search')) return 'passages'
  for (const [group, { types }] of Object.entries(contextGroups))
    if ((types as readonly string[]).includes(part.type)) return group as ContextGroup
  return 'server'
}

export interface GroupShare {
  group: ContextGroup
  tokens: number
  /** How many parts. */
  parts: number
}

/** How many tokens each group has, for those that have any part. */
export function groupShares(parts: ContextPart[]): GroupShare[] {
  const shares = new Map<ContextGroup, GroupShare>()
  for (const part of parts) {
    const group = groupOf(part)
    const share = shares.get(group) ?? { group, tokens: 0, parts: 0 }
    share.tokens += part.tokens ?? 0
    share.parts++
    shares.set(group, share)
  }
  return (Object.keys(contextGroups) as ContextGroup[]).flatMap((group) => shares.get(group) ?? [])
}

/** Tells a part from the others of a prompt, and finds it again in that of the next turn. */
export function partKey(part: ContextPart, index: number): string {
  switch (part.type) {
    case 'message':
      return `message ${part.message_id ?? index}`
    case 'items':
      return `items ${part.item_ids.join(' ')}`
    case 'tool_call':
    case 'tool_result':
      return `${part.type} ${part.call_id ?? index}`
    case 'dropped_messages':
      return `dropped ${part.first_id ?? index}`
    case 'reasoning':
      return `reasoning ${part.step_id ?? index}`
    case 'server_instructions':
      return `server ${part.source}`
    default:
      return part.type
  }
}
