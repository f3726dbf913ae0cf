import type { AssistantBody } from '../contract/assistants.ts'
import type { CreateResponseRequest } from '../contract/responses/create-response.ts'
import type { PromptInstructions, ResponsePrompt } from '../contract/responses/prompts.ts'
import { responseTools, type ResponseTool } from '../contract/responses/response-tools.ts'
import type { TextFormat } from '../contract/responses/response.ts'
import type { ResponseFormat } from '../contract/response-format.ts'
import {
  missingVariables,
  promptHasNoVersion,
  promptNotFound,
  toolOfPrompt,
  unknownVariables,
} from '../errors/response-errors.ts'
import { getAssistant } from '../store/assistants.ts'
import type { Context } from './context.ts'
import { findConversation } from './conversations.ts'

/** A request with what its prompt has given it. */
export interface PromptedRequest extends CreateResponseRequest {
  model: string
  promptInstructions?: PromptInstructions
}

/**
 * An assistant can be named as a prompt. The request has its model, instructions, tools and sampling, except for what it
 * gives itself.
 */
export async function withPrompt(ctx: Context, input: CreateResponseRequest): Promise<PromptedRequest> {
  const { prompt, conversation, model = '' } = input
  if (!prompt) return { ...input, model }
  if (conversation !== undefined) await findConversation(ctx.db, ctx.project, conversation)
  const assistant = await getAssistant(ctx.db, ctx.project, prompt.id)
  if (!assistant) throw promptNotFound(prompt.id)
  if (prompt.version !== null) throw promptHasNoVersion(prompt.id, prompt.version)
  const { body } = assistant
  const instructions = filledIn(body.instructions ?? '', prompt)
  const { format } = input.text ?? {}
  const ownFormat = format ?? textFormat(body.response_format)
  return {
    ...input,
    model: input.model ?? body.model,
    ...(input.instructions === undefined &&
      instructions !== '' && { promptInstructions: [developerMessage(instructions)] }),
    tools: input.tools ?? toolsOf(body),
    temperature: input.temperature ?? body.temperature,
    top_p: input.top_p ?? body.top_p,
    text: { ...input.text, format: ownFormat },
    reasoning: { ...input.reasoning, effort: input.reasoning?.effort ?? body.reasoning_effort ?? undefined },
  } as PromptedRequest
}

const developerMessage = (text: string): PromptInstructions[number] => ({
  type: 'message',
  content: [{ type: 'input_text', text }],
  role: 'developer',
})

/** Puts the variables in where the text has `{{name}}`. All that the text names must be given, and no others. */
function filledIn(text: string, { variables }: ResponsePrompt): string {
  const used = new Set<string>()
  const filled = text.replaceAll(/\{\{\s*([\p{L}\p{N}_.-]+)\s*\}\}/gu, (_whole, name: string) => {
    used.add(name)
    return Object.hasOwn(variables, name) ? (variables[name]?.text ?? '') : ''
  })
  const [unknown, ...more] = Object.keys(variables).filter((name) => !used.has(name))
  if (unknown !== undefined) throw unknownVariables([unknown, ...more])
  const [missing, ...others] = [...used].filter((name) => !Object.hasOwn(variables, name))
  if (missing !== undefined) throw missingVariables([missing, ...others])
  return filled
}

function textFormat(format: ResponseFormat): TextFormat {
  if (format === 'auto' || format.type === 'text') return { type: 'text' }
  if (format.type === 'json_object') return { type: 'json_object' }
  const { name, description = null, schema = {}, strict } = format.json_schema
  return { type: 'json_schema', description, name, schema, strict: strict ?? false }
}

/** The tools of an assistant in the form of this API, read as those of a request are. */
function toolsOf(body: AssistantBody): ResponseTool[] {
  const given = body.tools.flatMap((tool) => toResponseTool(tool, body))
  const read = responseTools.safeParse(given)
  if (read.success) return read.data
  const { message = '', path = [] } = read.error.issues[0] ?? {}
  throw toolOfPrompt(message.replaceAll('{param}', () => path.join('.')))
}

function toResponseTool(tool: AssistantBody['tools'][number], { tool_resources }: AssistantBody): object[] {
  switch (tool.type) {
    case 'function':
      return [{ type: 'function', ...tool.function, strict: tool.function.strict ?? false }]
    case 'file_search': {
      const { vector_store_ids = [] } = tool_resources.file_search ?? {}
      const { max_num_results, ranking_options } = tool.file_search ?? {}
      // Without a store there is nothing to search.
      if (vector_store_ids.length === 0) return []
      const { ranker: _ranker, ...ranking } = ranking_options ?? {}
      return [{ type: 'file_search', vector_store_ids, max_num_results, ranking_options: ranking }]
    }
    case 'code_interpreter': {
      const { file_ids = [] } = tool_resources.code_interpreter ?? {}
      return [{ type: 'code_interpreter', container: { type: 'auto', file_ids } }]
    }
    default:
      return [tool]
  }
}
