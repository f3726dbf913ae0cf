import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FunctionTool,
  LanguageModelV4ToolChoice,
  SharedV4ProviderOptions,
} from '@ai-sdk/provider'
import type { RunRequest } from '../contract/runs.ts'
import type { Tool } from '../contract/tools.ts'
import { oneToolCallAtATime } from '../models/provider-options.ts'
import { fileSearchDefinition } from '../tools/file-search.ts'

/** What a turn asks of the model besides its prompt. A forced tool is forced on the run's first turn only (as recorded). */
export function modelOptions(
  request: RunRequest,
  turn: {
    first: boolean
    maxOutputTokens: number | undefined
    codeInterpreter: LanguageModelV4FunctionTool
  },
): Omit<LanguageModelV4CallOptions, 'prompt' | 'abortSignal'> {
  const tools = request.tools.map((tool) =>
    tool.type === 'code_interpreter' ? turn.codeInterpreter : definition(tool),
  )
  const format = request.response_format
  return {
    // 1 is the wire's default and means "the model's own": some models refuse to be given any.
    ...(request.temperature !== 1 && { temperature: request.temperature }),
    ...(request.top_p !== 1 && { topP: request.top_p }),
    ...(request.reasoning_effort !== null && { reasoning: request.reasoning_effort }),
    ...(turn.maxOutputTokens !== undefined && { maxOutputTokens: turn.maxOutputTokens }),
    ...(tools.length > 0 && { tools, toolChoice: toolChoice(request, turn.first) }),
    ...(typeof format === 'object' &&
      format.type === 'json_object' && { responseFormat: { type: 'json' as const } }),
    ...(typeof format === 'object' &&
      format.type === 'json_schema' && {
        responseFormat: {
          type: 'json' as const,
          name: format.json_schema.name,
          ...(format.json_schema.schema && { schema: format.json_schema.schema }),
          ...(format.json_schema.description !== undefined && {
            description: format.json_schema.description,
          }),
        },
      }),
    providerOptions: providerOptions(request),
  }
}

/** Settings that the boundary has no word for, in those of the providers. */
function providerOptions({ parallel_tool_calls, response_format }: RunRequest): SharedV4ProviderOptions {
  const base = parallel_tool_calls ? {} : oneToolCallAtATime
  if (typeof response_format !== 'object' || response_format.type !== 'json_schema') return base
  return {
    ...base,
    openai: { ...base['openai'], strictJsonSchema: response_format.json_schema.strict ?? false },
  }
}

function definition(tool: Exclude<Tool, { type: 'code_interpreter' }>): LanguageModelV4FunctionTool {
  if (tool.type === 'file_search') return fileSearchDefinition
  const { name, description, parameters, strict } = tool.function
  return {
    type: 'function',
    name,
    ...(description !== undefined && { description }),
    inputSchema: parameters ?? { type: 'object', properties: {} },
    ...(typeof strict === 'boolean' && { strict }),
  }
}

function toolChoice({ tool_choice: choice }: RunRequest, first: boolean): LanguageModelV4ToolChoice {
  if (choice === 'none') return { type: 'none' }
  if (choice === 'auto' || !first) return { type: 'auto' }
  if (choice === 'required') return { type: 'required' }
  return { type: 'tool', toolName: choice.type === 'function' ? choice.function.name : choice.type }
}
