import type { LanguageModelV4, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { refusalMark } from '../refusal-mark.ts'
import { withStream } from './with-stream.ts'

/**
 * Marks refusals. `@ai-sdk/openai` passes them on as text with an end by the content filter. The raw chunk before each
 * text shows whether it is a refusal.
 */
export const withRefusals = (model: LanguageModelV4): LanguageModelV4 =>
  withStream(model, markRefusals, { includeRawChunks: true })

const id = 'refusal'

function markRefusals(): TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart> {
  let expected = ''
  let refused = false
  return new TransformStream({
    transform(part, controller) {
      if (part.type === 'raw') expected = refusalIn(part.rawValue)
      if (part.type === 'text-delta' && expected !== '' && part.delta === expected) {
        if (!refused) controller.enqueue({ type: 'text-start', id, ...refusalMark })
        refused = true
        expected = ''
        return controller.enqueue({ type: 'text-delta', id, delta: part.delta })
      }
      if (part.type === 'finish' && refused && part.finishReason.raw === 'stop') {
        return controller.enqueue({ ...part, finishReason: { unified: 'stop', raw: 'stop' } })
      }
      controller.enqueue(part)
    },
  })
}

function refusalIn(chunk: unknown): string {
  const { choices } = Object(chunk) as { choices?: { delta?: { refusal?: unknown } }[] }
  const refusal = Array.isArray(choices) ? choices[0]?.delta?.refusal : undefined
  return typeof refusal === 'string' ? refusal : ''
}
