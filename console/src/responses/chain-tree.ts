import type { ChainedResponse } from '../api/responses.ts'

export interface ChainLine {
  link: ChainedResponse
  /** How many forks are above it. */
  depth: number
  /** Whether others go on with the same response. */
  isFork: boolean
}

/** The responses of a tree, each followed by those that go on with it. Only forks are indented: a chain stays in line. */
export function chainTree(links: readonly ChainedResponse[]): ChainLine[] {
  const known = new Set(links.map(({ id }) => id))
  const following = new Map<string | null, ChainedResponse[]>()
  for (const link of links) {
    const { previous_response_id: previous } = link
    const parent = previous !== null && known.has(previous) ? previous : null
    following.set(parent, [...(following.get(parent) ?? []), link])
  }
  const lines: ChainLine[] = []
  const open = (following.get(null) ?? [])
    .map((link): ChainLine => ({ link, depth: 0, isFork: false }))
    .toReversed()
  for (let line = open.pop(); line; line = open.pop()) {
    lines.push(line)
    const { depth } = line
    const next = following.get(line.link.id) ?? []
    const isFork = next.length > 1
    open.push(...next.map((link) => ({ link, depth: isFork ? depth + 1 : depth, isFork })).toReversed())
  }
  return lines
}
