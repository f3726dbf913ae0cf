import type { TraceSpan } from '../api/traces.ts'
import { count } from '../parts/quantities.ts'

type Data = Record<string, unknown>

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const kinds: Record<string, string> = {
  agent: 'Agent',
  function: 'Function',
  generation: 'Generation',
  response: 'Response',
  handoff: 'Handoff',
  guardrail: 'Guardrail',
  mcp_tools: 'MCP tools',
  transcription: 'Transcription',
  speech: 'Speech',
  speech_group: 'Speech group',
  custom: 'Custom',
}

/** The data of a span, which strangers have sent. */
export const dataOf = (span: TraceSpan): Data => span.span_data ?? {}

export function kindOf(span: TraceSpan): string {
  const type = textOf(dataOf(span)['type'])
  // A stranger's type may be the name of something that every object has.
  return Object.hasOwn(kinds, type) ? kinds[type]! : type || 'Span'
}

/** What a line of the waterfall is called, besides its kind. */
export function nameOf(span: TraceSpan): string {
  const data = dataOf(span)
  switch (data['type']) {
    case 'handoff':
      return `${textOf(data['from_agent']) || '?'} → ${textOf(data['to_agent']) || '?'}`
    case 'mcp_tools':
      return textOf(data['server'])
    case 'generation':
      return textOf(data['model'])
    case 'response':
      return ''
    default:
      return textOf(data['name'])
  }
}

interface Usage {
  input_tokens?: unknown
  output_tokens?: unknown
}

/** What is worth knowing of it besides its name. */
export function noteOf(span: TraceSpan): string {
  const data = dataOf(span)
  const { input_tokens: read, output_tokens: written } = (data['usage'] ?? {}) as Usage
  if (typeof read === 'number' && typeof written === 'number')
    return `${count(read)} → ${count(written)} tokens`
  return data['type'] === 'guardrail' && data['triggered'] === false ? 'passed' : ''
}
