import type { LanguageModelV4ToolChoice } from '@ai-sdk/provider'
import type { ReasoningEffort } from '../contract/response-format.ts'

/** What a run asks of its model, whichever API it came through. */
export interface ModelRequest {
  model: string
  instructions: string
  /** Undefined: the model's own. */
  temperature: number | undefined
  topP: number | undefined
  reasoning: ReasoningEffort | undefined
  /** In tokens, of all turns of the run together. */
  maxPromptTokens: number | null
  maxCompletionTokens: number | null
  answer: AnswerFormat
  /** Of the first turn: a tool that is forced is forced once (as recorded). */
  toolChoice: LanguageModelV4ToolChoice
  parallelToolCalls: boolean
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
