import type { LanguageModelV4, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { declined, refusalMark } from '../refusal-mark.ts'
import { withStream } from './with-stream.ts'

/**
 * Says a refusal where Claude's answer ends with the reason `refusal`: the answer has no text for it, and
 * `@ai-sdk/anthropic` gives it out as an end by the content filter. With calls before it the end stays one, so that
 * none of them is run.
 */
export const withStopRefusals = (model: LanguageModelV4): LanguageModelV4 => withStream(model, sayRefusals)

const id = 'refusal'

function sayRefusals(): TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart> {
  let called = false
  return new TransformStream({
    transform(part, controller) {
      called ||= part.type === 'tool-input-start' || part.type === 'tool-call'
      if (part.type !== 'finish' || part.finishReason.raw !== 'refusal') return controller.enqueue(part)
      controller.enqueue({ type: 'text-start', id, ...refusalMark })
      controller.enqueue({ type: 'text-delta', id, delta: explanationIn(part) ?? declined })
      controller.enqueue({ type: 'text-end', id })
      controller.enqueue(called ? part : { ...part, finishReason: { unified: 'stop', raw: 'refusal' } })
    },
  })
}

/** Newer models say why. */
function explanationIn({ providerMetadata }: LanguageModelV4StreamPart & { type: 'finish' }) {
  const { explanation } = Object(providerMetadata?.['anthropic']?.['stopDetails']) as {
    explanation?: unknown
  }
  return typeof explanation === 'string' && explanation !== '' ? explanation : undefined
}
