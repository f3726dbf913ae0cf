import type {
  LanguageModelV4,
  LanguageModelV4FinishReason,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider'
import { refusalMark } from '../refusal-mark.ts'
import { withStream } from './with-stream.ts'

/**
 * Marks refusals. `@ai-sdk/openai` passes them on as text with an end by the content filter. The raw chunk before each
 * text shows whether it is a refusal.
 */
export const withRefusals = (model: LanguageModelV4): LanguageModelV4 =>
  withStream(model, markRefusals, { includeRawChunks: true })

const id = 'refusal'

export function markRefusals(): TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart> {
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
      if (part.type === 'finish' && refused && isWhole(part.finishReason)) {
        return controller.enqueue({ ...part, finishReason: { unified: 'stop', raw: 'stop' } })
      }
      controller.enqueue(part)
    },
  })
}

/** The Responses API gives no reason for an answer that came to its end. */
const isWhole = ({ raw, unified }: LanguageModelV4FinishReason) =>
  raw === 'stop' || (raw === undefined && unified === 'content-filter')

/** In a chunk of a chat completion, or in an event of a response. */
function refusalIn(chunk: unknown): string {
  const { choices, type, delta } = Object(chunk) as {
    choices?: { delta?: { refusal?: unknown } }[]
    type?: unknown
    delta?: unknown
  }
  const ofChat = Array.isArray(choices) ? choices[0]?.delta?.refusal : undefined
  const refusal = type === 'response.refusal.delta' ? delta : ofChat
  return typeof refusal === 'string' ? refusal : ''
}
