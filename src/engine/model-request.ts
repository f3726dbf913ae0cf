import type { LanguageModelV4ToolChoice } from '@ai-sdk/provider'
import type { ReasoningEffort } from '../contract/response-format.ts'
import type { CallerParameters } from '../models/caller-options.ts'

/** What a run asks of its model, independent of the API that the run came through. */
export interface ModelRequest {
  model: string
  instructions: string
  /** Undefined means the default of the model. */
  temperature: number | undefined
  topP: number | undefined
  frequencyPenalty?: number | undefined
  presencePenalty?: number | undefined
  reasoning: ReasoningEffort | undefined
  /** How the model is to sum its reasoning up, where its provider can be asked for that. */
  reasoningSummary?: 'auto' | 'concise' | 'detailed' | undefined
  caller?: CallerParameters
  /** In tokens, for all turns of the run together. */
  maxPromptTokens: number | null
  maxCompletionTokens: number | null
  answer: AnswerFormat
  /** Applies to the first turn only, because a forced tool is forced once (as recorded). */
  toolChoice: LanguageModelV4ToolChoice
  parallelToolCalls: boolean
  /** How many of the most probable tokens are told beside each token. Undefined where no probabilities are asked for. */
  logprobs?: number | undefined
  /** How many calls of tools that the server runs there may be in the run. Further ones are ignored. */
  maxToolCalls?: number | undefined
}

export type AnswerFormat =
  | { type: 'text' }
  | { type: 'json' }
  | {
      type: 'json-schema'
      name: string
      description: string | undefined
      schema: Record<string, unknown> | undefined
      strict: boolean
    }
