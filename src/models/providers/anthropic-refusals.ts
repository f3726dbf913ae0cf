import type { LanguageModelV4, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { declined, refusalMark } from '../refusal-mark.ts'
import { withStream } from './with-stream.ts'

/**
 * Turns an answer that Claude ends with the reason `refusal` into a refusal. Such an answer has no text for it, and
 * `@ai-sdk/anthropic` reports it as stopped by the content filter. When calls come before it, that reason stays, so
 * that none of the calls is run.
 */
export const withStopRefusals = (model: LanguageModelV4): LanguageModelV4 => withStream(model, sayRefusals)

const id = 'refusal'

function sayRefusals(): TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart> {
  let called = false
  return new TransformStream({
    transform(part, controller) {
      called ||= (part.type === 'tool-input-start' || part.type === 'tool-call') && !part.providerExecuted
      if (part.type !== 'finish' || part.finishReason.raw !== 'refusal') return controller.enqueue(part)
      controller.enqueue({ type: 'text-start', id, ...refusalMark })
      controller.enqueue({ type: 'text-delta', id, delta: explanationIn(part) ?? declined })
      controller.enqueue({ type: 'text-end', id })
      controller.enqueue(called ? part : { ...part, finishReason: { unified: 'stop', raw: 'refusal' } })
    },
  })
}

/** Newer models give an explanation. */
function explanationIn({ providerMetadata }: LanguageModelV4StreamPart & { type: 'finish' }) {
  const { explanation } = Object(providerMetadata?.['anthropic']?.['stopDetails']) as {
    explanation?: unknown
  }
  return typeof explanation === 'string' && explanation !== '' ? explanation : undefined
}
