import type { ToolSet } from '../tools/tool-set.ts'
import type { ModelRequest } from './model-request.ts'

/** The instructions, and what the model must know in order to use its tools. */
export function systemText(
  { instructions, answer }: ModelRequest,
  tools: ToolSet,
  enforcesJson: boolean,
): string {
  const parts = [instructions, ...tools.systemTexts()]
  if (!enforcesJson && answer.type === 'json') parts.push('Answer with one JSON object and nothing else.')
  if (!enforcesJson && answer.type === 'json-schema') {
    const schema = JSON.stringify(answer.schema ?? {})
    parts.push(`Answer with JSON that follows this JSON Schema, and nothing else:\n${schema}`)
  }
  return parts.filter(Boolean).join('\n\n')
}
