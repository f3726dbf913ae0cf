import type { TraceSpan } from '../api/traces.ts'

/** A span at its place in the tree, with its times in Unix seconds. */
export interface SpanLine {
  id: string
  /** `model_turn` and the like, as the lines of a waterfall are drawn. */
  type: string
  span: TraceSpan
  depth: number
  started_at: number
  /** Null where none was sent. */
  ended_at: number | null
}

/** The spans in the order of their tree: each one before its parts, which are in the order in which they began. */
export function spanTree(spans: readonly TraceSpan[]): SpanLine[] {
  const known = new Map(spans.map((span) => [span.id, span]))
  const parts = new Map<string | null, SpanLine[]>()
  const latest = Math.max(0, ...spans.map(({ started_at }) => secondsOf(started_at) ?? 0))
  for (const span of known.values()) {
    const parent = span.parent_id !== null && known.has(span.parent_id) ? span.parent_id : null
    const ended_at = secondsOf(span.ended_at)
    const line: SpanLine = {
      id: span.id,
      type: drawnAs.get(span.span_data?.type) ?? 'preparation',
      span,
      depth: 0,
      started_at: secondsOf(span.started_at) ?? ended_at ?? latest,
      ended_at,
    }
    const others = parts.get(parent)
    if (others) others.push(line)
    else parts.set(parent, [line])
  }
  for (const some of parts.values()) some.sort((one, other) => one.started_at - other.started_at)
  const ordered: SpanLine[] = []
  const open = (parts.get(null) ?? []).toReversed()
  const placed = new Set<string>()
  // Spans that are parts of each other in a circle have no beginning, and stand at the end.
  const circles = [...parts.values()].flat()
  for (;;) {
    const line = open.pop() ?? circles.find(({ id }) => !placed.has(id))
    if (!line) return ordered
    if (placed.has(line.id)) continue
    placed.add(line.id)
    ordered.push(line)
    for (const part of (parts.get(line.id) ?? []).toReversed()) open.push({ ...part, depth: line.depth + 1 })
  }
}

const drawnAs = new Map([
  ['generation', 'model_turn'],
  ['response', 'model_turn'],
  ['transcription', 'model_turn'],
  ['speech', 'model_turn'],
  ['function', 'tool_call'],
  ['mcp_tools', 'tool_call'],
  ['agent', 'agent'],
  ['handoff', 'handoff'],
  ['guardrail', 'guardrail'],
])

const secondsOf = (time: string | null): number | null => {
  const at = time === null ? Number.NaN : Date.parse(time)
  return Number.isNaN(at) ? null : at / 1_000
}
