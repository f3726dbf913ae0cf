import { estimateTokens } from '../models/tokens.ts'
import type { ModelOptions } from './model-options.ts'
import type { SentPart } from './sent-parts.ts'
import type { SystemText } from './system-text.ts'

type Tool = NonNullable<ModelOptions['tools']>[number]

/** The parts of a prompt that the engine makes by itself. The transcript names those of the conversation. */
export function fixedParts(
  texts: SystemText[],
  { tools = [], responseFormat }: ModelOptions,
  enforced: boolean,
) {
  const parts = texts.map(({ source, text }): SentPart => {
    const tokens = estimateTokens(text)
    return source === 'instructions' ? [source, tokens] : ['server_instructions', tokens, source]
  })
  if (tools.length > 0) {
    const each = tools.map((tool) => ({
      name: tool.name,
      tokens: estimateTokens(JSON.stringify(readOfTool(tool))),
    }))
    const all = each.reduce((sum, { tokens }) => sum + tokens, 0)
    parts.push(['tools', all, ...each.flatMap(({ name, tokens }) => [name, tokens])])
  }
  if (enforced && responseFormat)
    parts.push(['response_format', estimateTokens(JSON.stringify(responseFormat))])
  return parts
}

/** What the model reads of a tool. What a provider tells of its own is not known, and their settings may have a picture. */
export const readOfTool = (tool: Tool): object => (tool.type === 'provider' ? { name: tool.name } : tool)

/** What asks the model to continue, or to answer again. */
export const requestPart = (kind: 'continuation' | 'repeated_request', text: string): SentPart => [
  kind,
  estimateTokens(text),
]
