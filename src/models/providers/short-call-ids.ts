import { createHash } from 'node:crypto'
import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4Message } from '@ai-sdk/provider'

/**
 * Mistral refuses ids of tool calls that are not nine letters and digits. Our ids are longer, so prompts contain short
 * ids that are derived from them. Ids from the model are never shown to a caller.
 */
export const withShortCallIds = (model: LanguageModelV4): LanguageModelV4 => ({
  specificationVersion: model.specificationVersion,
  provider: model.provider,
  modelId: model.modelId,
  supportedUrls: model.supportedUrls,
  doGenerate: (options) => model.doGenerate(shorten(options)),
  doStream: (options) => model.doStream(shorten(options)),
})

const shorten = (options: LanguageModelV4CallOptions): LanguageModelV4CallOptions => ({
  ...options,
  prompt: options.prompt.map((message): LanguageModelV4Message => {
    if (message.role === 'assistant') {
      return {
        ...message,
        content: message.content.map((part) => ('toolCallId' in part ? short(part) : part)),
      }
    }
    if (message.role !== 'tool') return message
    return { ...message, content: message.content.map((part) => ('toolCallId' in part ? short(part) : part)) }
  }),
})

const short = <Part extends { toolCallId: string }>(part: Part): Part => ({
  ...part,
  toolCallId: BigInt(`0x${createHash('sha256').update(part.toolCallId).digest('hex')}`)
    .toString(36)
    .slice(0, 9),
})
