import type { AssistantRecord } from '../contract/assistants.ts'
import type { CreateRunRequest, CreateThreadAndRunRequest } from '../contract/run-input.ts'
import type { RunRequest } from '../contract/runs.ts'
import { invalid } from '../errors/errors.ts'
import type { Include } from './run-steps.ts'

/** Copies what the run needs from its assistant, so that later changes of the assistant do not affect it. */
export function snapshot(
  { id, body }: AssistantRecord,
  input: CreateRunRequest | CreateThreadAndRunRequest,
  { includeContent }: Include,
): RunRequest {
  const tools = input.tools ?? body.tools
  const instructions = input.instructions ?? body.instructions
  return {
    assistant_id: id,
    model: input.model ?? body.model,
    instructions:
      input.additional_instructions === undefined
        ? instructions
        : [instructions, input.additional_instructions].filter(Boolean).join('\n'),
    tools,
    tool_resources: body.tool_resources,
    temperature: input.temperature ?? body.temperature,
    top_p: input.top_p ?? body.top_p,
    reasoning_effort: input.reasoning_effort ?? body.reasoning_effort,
    max_completion_tokens: input.max_completion_tokens ?? null,
    max_prompt_tokens: input.max_prompt_tokens ?? null,
    truncation_strategy: input.truncation_strategy ?? { type: 'auto', last_messages: null },
    response_format: input.response_format ?? body.response_format,
    tool_choice: input.tool_choice ?? 'auto',
    parallel_tool_calls: input.parallel_tool_calls ?? true,
    include_content: includeContent,
  }
}

/** Refuses to force a tool that the run does not have. */
export function refuseUnknownChoice({ tool_choice: choice, tools }: RunRequest): void {
  if (choice === 'required' && tools.length === 0) {
    throw invalid(
      "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
      'tool_choice',
    )
  }
  if (typeof choice === 'string') return
  const found = tools.some((tool) =>
    choice.type === 'function'
      ? tool.type === 'function' && tool.function.name === choice.function.name
      : tool.type === choice.type,
  )
  if (found) return
  const name = choice.type === 'function' ? choice.function.name : choice.type
  throw invalid(`Invalid value for 'tool_choice': tool '${name}' was not found in 'tools'.`, 'tool_choice')
}
