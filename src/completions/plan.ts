import type { ChatCompletionRequest } from '../contract/chat-completions.ts'
import type { EmbeddingsRequest } from '../contract/embeddings.ts'
import { AnswerRoom } from '../models/answer-room.ts'
import { estimateTokens } from '../models/tokens.ts'
import { promptTokens } from './forward.ts'

/** What a request for a model may use at most, as far as that is known before it is made. */
export interface CompletionPlan {
  model: string
  input_tokens: number
  output_tokens: number
}

/** What an answer of a stream counts as at first, in tokens, when nobody has set how long it may become. */
const firstAnswer = 4_096

/**
 * What a request for a chat completion may use. A stream without a maximum grows; of an answer that comes as a whole nothing is
 * seen before its end, so it counts as all that fits into the window of its model.
 */
export function planChat(
  request: ChatCompletionRequest,
  window = firstAnswer,
): {
  plan: CompletionPlan
  /** Undefined where the answer cannot become longer than planned. */
  roomFor: (grow: (tokens: number) => Promise<void>) => AnswerRoom | undefined
} {
  const { model, stream } = request
  const input_tokens = promptTokens(request)
  const max = countOf(request['max_completion_tokens']) ?? countOf(request['max_tokens'])
  const longest = max ?? (stream ? firstAnswer : Math.max(firstAnswer, window - input_tokens))
  const plan = { model, input_tokens, output_tokens: longest * (countOf(request['n']) ?? 1) }
  return {
    plan,
    roomFor: (grow) => (max === undefined && stream ? new AnswerRoom(plan.output_tokens, grow) : undefined),
  }
}

export const planEmbeddings = ({ model, input }: EmbeddingsRequest): CompletionPlan => ({
  model,
  input_tokens: estimateTokens(JSON.stringify(input) ?? ''),
  output_tokens: 0,
})

const countOf = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : undefined
