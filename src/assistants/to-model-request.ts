import type { LanguageModelV4ToolChoice } from '@ai-sdk/provider'
import type { ResponseFormat } from '../contract/response-format.ts'
import type { RunRequest } from '../contract/runs.ts'
import type { ToolChoice } from '../contract/tools.ts'
import type { AnswerFormat, ModelRequest } from '../engine/model-request.ts'

/** Translates the request of a run of the Assistants API into what the engine needs. */
export const toModelRequest = (request: RunRequest): ModelRequest => ({
  model: request.model,
  instructions: request.instructions ?? '',
  // 1 is the default of the API and means "the model's own value". It is not sent, because some models refuse any
  // value.
  temperature: request.temperature === 1 ? undefined : request.temperature,
  topP: request.top_p === 1 ? undefined : request.top_p,
  reasoning: request.reasoning_effort ?? undefined,
  maxPromptTokens: request.max_prompt_tokens,
  maxCompletionTokens: request.max_completion_tokens,
  answer: answerFormat(request.response_format),
  toolChoice: toolChoice(request.tool_choice),
  parallelToolCalls: request.parallel_tool_calls,
})

function answerFormat(format: ResponseFormat): AnswerFormat {
  if (typeof format !== 'object' || format.type === 'text') return { type: 'text' }
  if (format.type === 'json_object') return { type: 'json' }
  const { name, description, schema, strict } = format.json_schema
  return { type: 'json-schema', name, description, schema, strict: strict ?? false }
}

function toolChoice(choice: ToolChoice): LanguageModelV4ToolChoice {
  if (typeof choice === 'string') return { type: choice }
  return { type: 'tool', toolName: choice.type === 'function' ? choice.function.name : choice.type }
}
