import type { LanguageModelV4ToolChoice } from '@ai-sdk/provider'
import { asksForLogprobs } from '../contract/responses/logprobs.ts'
import type { ResponseRequest, TextFormat } from '../contract/responses/response.ts'
import type { ResponseTool, ResponseToolChoice } from '../contract/responses/response-tools.ts'
import { hostedKindOf, isHosted } from '../contract/responses/hosted-response-tools.ts'
import { mcpFunctionName } from '../tools/mcp/function-name.ts'
import { hostedEntry } from './hosted-entry.ts'
import type { AnswerFormat, ModelRequest } from '../engine/model-request.ts'

/** Translates the request of a response into what the engine needs. */
export const toModelRequest = (request: ResponseRequest): ModelRequest => ({
  model: request.model,
  instructions: [textOf(request.instructions), ...verbosity[request.text.verbosity]]
    .filter(Boolean)
    .join('\n\n'),
  // The defaults of the API mean "the model's own value". They are not sent, because some models refuse any value.
  temperature: request.temperature === 1 ? undefined : request.temperature,
  topP: request.top_p === 1 ? undefined : request.top_p,
  frequencyPenalty: request.frequency_penalty === 0 ? undefined : request.frequency_penalty,
  presencePenalty: request.presence_penalty === 0 ? undefined : request.presence_penalty,
  reasoning: request.reasoning.effort ?? undefined,
  reasoningSummary: request.reasoning.summary ?? undefined,
  caller: {
    user: request.user ?? undefined,
    safetyIdentifier: request.safety_identifier ?? undefined,
    promptCacheKey: request.prompt_cache_key ?? undefined,
    promptCacheRetention: request.prompt_cache_retention ?? undefined,
    serviceTier: request.service_tier === 'auto' ? undefined : request.service_tier,
  },
  maxPromptTokens: null,
  maxCompletionTokens: request.max_output_tokens,
  answer: answerFormat(request.text.format),
  toolChoice: toolChoice(request.tool_choice),
  parallelToolCalls: request.parallel_tool_calls,
  logprobs: asksForLogprobs(request) ? (request.top_logprobs ?? 0) : undefined,
  maxToolCalls: request.max_tool_calls ?? undefined,
})

function textOf(instructions: ResponseRequest['instructions']): string {
  if (typeof instructions !== 'object' || instructions === null) return instructions ?? ''
  return instructions
    .flatMap(({ content }) => content.map((part) => (part.type === 'input_text' ? part.text : '')))
    .join('\n\n')
}

/** Only some providers have a setting for it, so every model is told in words. */
const verbosity = {
  low: ['Keep your answers short.'],
  medium: [],
  high: ['Answer in detail.'],
}

function answerFormat(format: TextFormat): AnswerFormat {
  if (format.type === 'text') return { type: 'text' }
  if (format.type === 'json_object') return { type: 'json' }
  const { name, description, schema, strict } = format
  return { type: 'json-schema', name, description: description ?? undefined, schema, strict }
}

function toolChoice(choice: ResponseToolChoice): LanguageModelV4ToolChoice {
  if (typeof choice === 'string') return { type: choice }
  if (choice.type === 'allowed_tools') return { type: choice.mode }
  // Without a name any function of the server will do, and no other is offered.
  if (choice.type === 'mcp') {
    const { server_label, name } = choice
    return name === undefined
      ? { type: 'required' }
      : { type: 'tool', toolName: mcpFunctionName(server_label, name) }
  }
  if ('name' in choice) return { type: 'tool', toolName: choice.name }
  return { type: 'tool', toolName: hostedKindOf(choice.type) ?? choice.type }
}

/** The tools that the model is offered, in the form in which the tools themselves read their entries. */
export function offeredTools({
  tools,
  tool_choice: choice,
}: Pick<ResponseRequest, 'tools' | 'tool_choice'>): { type: string }[] {
  if (typeof choice === 'string') return tools.map(entryOf)
  if (choice.type !== 'allowed_tools' && choice.type !== 'mcp') return tools.map(entryOf)
  const allowed = choice.type === 'mcp' ? [choice] : choice.tools
  return tools.flatMap((tool) => allowedPart(tool, allowed)).map(entryOf)
}

/** What of a tool may be called. A server may be allowed as a whole or by some of its functions. */
function allowedPart(
  tool: ResponseTool,
  allowed: readonly { type?: unknown; name?: unknown; server_label?: unknown }[],
): ResponseTool[] {
  const meant = allowed.filter(
    (one) =>
      nameOfType(one.type) === nameOfType(tool.type) &&
      (tool.type === 'mcp'
        ? one.server_label === tool.server_label
        : one.name === undefined || ('name' in tool && one.name === tool.name)),
  )
  if (meant.length === 0) return []
  const names = meant.map(({ name }) => name)
  if (tool.type !== 'mcp' || names.some((name) => typeof name !== 'string')) return [tool]
  return [{ ...tool, named: names as string[] }]
}

/** Each tool of a provider has several types. */
const nameOfType = (type: unknown) => (typeof type === 'string' ? (hostedKindOf(type) ?? type) : type)

function entryOf(tool: ResponseTool): { type: string } {
  if (isHosted(tool)) return hostedEntry(tool)
  switch (tool.type) {
    case 'function':
      return {
        type: 'function',
        function: {
          name: tool.name,
          ...(tool.description !== null && { description: tool.description }),
          ...(tool.parameters !== null && { parameters: tool.parameters }),
          strict: tool.strict,
        },
      } as { type: string }
    case 'file_search': {
      const { type, max_num_results, ranking_options, filters } = tool
      return { type, file_search: { max_num_results, ranking_options, filters } } as { type: string }
    }
    case 'code_interpreter':
      return { type: tool.type }
    default:
      return tool
  }
}

/** What the tools may use, by their types. */
export const offeredResources = ({ tools }: ResponseRequest): object => ({
  file_search: {
    vector_store_ids: tools.flatMap((tool) => (tool.type === 'file_search' ? tool.vector_store_ids : [])),
  },
})
