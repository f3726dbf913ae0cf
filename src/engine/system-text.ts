import type { ToolSet } from '../tools/tool-set.ts'
import type { ModelRequest } from './model-request.ts'

/** A piece of the system text, and where it comes from: `instructions` are the caller's, and the others are the server's. */
export interface SystemText {
  source: string
  text: string
}

/** The instructions, and what the model must know in order to use its tools. */
export function systemTexts(
  { instructions, answer }: ModelRequest,
  tools: ToolSet,
  enforcesJson: boolean,
): SystemText[] {
  const texts: SystemText[] = [{ source: 'instructions', text: instructions }, ...tools.systemTexts()]
  const ofFormat = (text: string) => texts.push({ source: 'response_format', text })
  if (!enforcesJson && answer.type === 'json') ofFormat('Answer with one JSON object and nothing else.')
  if (!enforcesJson && answer.type === 'json-schema') {
    const schema = JSON.stringify(answer.schema ?? {})
    ofFormat(`Answer with JSON that follows this JSON Schema, and nothing else:\n${schema}`)
  }
  return texts.filter(({ text }) => text !== '')
}

export const joinSystemTexts = (texts: SystemText[]): string => texts.map(({ text }) => text).join('\n\n')
