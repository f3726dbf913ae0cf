import { z } from 'zod'
import { decimal, idBeginningWith, integer, optional, text, withDefault } from './limits.ts'
import { metadata, metadataOrEmpty } from './metadata.ts'
import { object } from './objects.ts'
import { defaultRequestLimits, newMessages, toolOutputs, type RequestLimits } from './request-limits.ts'
import { reasoningEffort, responseFormat } from './response-format.ts'
import { createThreadRequestWithin, optionalThread } from './threads.ts'
import { toolResources } from './tool-resources.ts'
import { toolChoice, tools } from './tools.ts'
import { truncationStrategy } from './truncation-strategy.ts'

/** The original documented a minimum of 256 but accepted less: a recorded run has 16. */
const tokenBudget = optional(integer(1))

const runTools = (own: readonly string[] = []) => optional(tools(20, own))

const fields = {
  assistant_id: idBeginningWith('asst'),
  model: optional(z.string()),
  instructions: optional(text(256_000)),
  additional_instructions: optional(text(256_000)),
  additional_messages: newMessages(defaultRequestLimits),
  tools: runTools(),
  metadata: metadataOrEmpty,
  temperature: optional(decimal(0, 2)),
  top_p: optional(decimal(0, 1)),
  stream: withDefault(z.boolean(), false),
  max_prompt_tokens: tokenBudget,
  max_completion_tokens: tokenBudget,
  truncation_strategy: optional(truncationStrategy),
  tool_choice: optional(toolChoice()),
  parallel_tool_calls: optional(z.boolean()),
  response_format: optional(responseFormat),
  reasoning_effort: optional(reasoningEffort),
}

/** A field is undefined when the value of the assistant, or the default, is to be used. */
export const createRunRequest = object(fields)
export type CreateRunRequest = z.output<typeof createRunRequest>

/** `tool_resources` replaces that of the assistant for this run. */
export const createThreadAndRunRequest = object({
  ...fields,
  thread: optionalThread,
  tool_resources: optional(toolResources),
})
export type CreateThreadAndRunRequest = z.output<typeof createThreadAndRunRequest>

/** Null removes the metadata. Without the field they keep their value. */
export const modifyRunRequest = object({ metadata: metadata.nullish() })
export type ModifyRunRequest = z.output<typeof modifyRunRequest>

export const submitToolOutputsRequest = object({
  tool_outputs: toolOutputs(defaultRequestLimits),
  stream: withDefault(z.boolean(), false),
})
export type SubmitToolOutputsRequest = z.output<typeof submitToolOutputsRequest>

/**
 * The same requests with the limits of this server. They also accept the tools that it has in addition to those of the
 * API, by their types.
 */
export const runRequestsWithin = (limits: RequestLimits, own: readonly string[]) => {
  const here = {
    additional_messages: newMessages(limits),
    tools: runTools(own),
    tool_choice: optional(toolChoice(own)),
  }
  return {
    createRun: createRunRequest.extend(here),
    createThreadAndRun: createThreadAndRunRequest.extend({
      ...here,
      thread: optional(createThreadRequestWithin(limits)),
    }),
    submitToolOutputs: submitToolOutputsRequest.extend({ tool_outputs: toolOutputs(limits) }),
  }
}
