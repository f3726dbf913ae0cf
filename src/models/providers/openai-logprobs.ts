import type { LanguageModelV4, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import type { LogProb } from '../../common/log-prob.ts'
import { askedLogprobs, readLogprobs, withLogprobs } from '../logprobs.ts'
import { withDoStream, withStream } from './with-stream.ts'

/** The models of OpenAI that say how probable their tokens were. Those that reason do not, and those that search do not. */
export const givesLogprobs = (modelId: string): boolean =>
  /^(ft:)?(gpt-3\.5|gpt-4|gpt-5[\d.]*-chat|chatgpt-4o)/.test(modelId) && !/search|audio/.test(modelId)

/**
 * Puts probabilities of tokens to the text that they are of: `@ai-sdk/openai` gives them at the end of an answer. They are in the
 * raw chunk before it.
 */
export function withTokenLogprobs(model: LanguageModelV4): LanguageModelV4 {
  const weighing = withStream(model, attachLogprobs, { includeRawChunks: true })
  return withDoStream(model, (call) => (askedLogprobs(call) === undefined ? model : weighing).doStream(call))
}

export function attachLogprobs(): TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart> {
  let waiting: LogProb[] = []
  return new TransformStream({
    transform(part, controller) {
      if (part.type === 'raw') waiting.push(...readLogprobs(logprobsIn(part.rawValue)))
      if (part.type !== 'text-delta' || waiting.length === 0) return controller.enqueue(part)
      controller.enqueue(withLogprobs(part, waiting))
      waiting = []
    },
  })
}

/** In a chunk of a chat completion, or in an event of a response. */
function logprobsIn(chunk: unknown): unknown {
  const { choices, type, logprobs } = Object(chunk) as {
    choices?: { logprobs?: { content?: unknown } | null }[]
    type?: unknown
    logprobs?: unknown
  }
  if (type === 'response.output_text.delta') return logprobs
  return Array.isArray(choices) ? choices[0]?.logprobs?.content : undefined
}
