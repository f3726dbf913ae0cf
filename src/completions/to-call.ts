import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FilePart,
  LanguageModelV4Prompt,
  LanguageModelV4TextPart,
  SharedV4ProviderOptions,
} from '@ai-sdk/provider'
import type { ChatMessage, TranslatedChatRequest } from '../contract/chat-completions.ts'
import { invalid } from '../errors/errors.ts'
import { callerOptions, type CallerParameters } from '../models/caller-options.ts'
import { joinOptions, oneToolCallAtATime } from '../models/provider-options.ts'

/** A request for a chat completion as a call of a model. Throws the wire's error for what no model can be asked. */
export function toCall(
  request: TranslatedChatRequest,
  caller: CallerParameters | undefined,
): LanguageModelV4CallOptions {
  const { messages, tools, tool_choice: choice, response_format: format } = request
  const maxOutputTokens = request.max_completion_tokens ?? request.max_tokens
  const set = {
    temperature: request.temperature,
    topP: request.top_p,
    frequencyPenalty: request.frequency_penalty,
    presencePenalty: request.presence_penalty,
    seed: request.seed,
    reasoning: request.reasoning_effort,
    stopSequences: typeof request.stop === 'string' ? [request.stop] : request.stop,
    maxOutputTokens,
  }
  return {
    ...(Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined)) as Partial<
      Record<keyof typeof set, never>
    >),
    prompt: toPrompt(messages),
    ...(tools &&
      tools.length > 0 && {
        tools: tools.map(({ function: { name, description, parameters, strict } }) => ({
          type: 'function' as const,
          name,
          inputSchema: parameters ?? { type: 'object', properties: {} },
          ...(description !== undefined && { description }),
          ...(strict !== undefined && { strict }),
        })),
        toolChoice:
          typeof choice === 'object'
            ? { type: 'tool' as const, toolName: choice.function.name }
            : { type: choice ?? ('auto' as const) },
      }),
    ...(format !== undefined && format !== 'auto' && format.type !== 'text' && responseFormat(format)),
    providerOptions: providerOptions(request, caller),
  }
}

function responseFormat(
  format: Extract<TranslatedChatRequest['response_format'], { type: 'json_object' | 'json_schema' }>,
): Pick<LanguageModelV4CallOptions, 'responseFormat'> {
  if (format.type === 'json_object') return { responseFormat: { type: 'json' } }
  const { name, description, schema } = format.json_schema
  return {
    responseFormat: {
      type: 'json',
      name,
      ...(description !== undefined && { description }),
      ...(schema && { schema }),
    },
  }
}

function providerOptions(
  request: TranslatedChatRequest,
  caller: CallerParameters | undefined,
): SharedV4ProviderOptions {
  const { response_format: format } = request
  const isSchema = typeof format === 'object' && format.type === 'json_schema'
  return joinOptions([
    request.parallel_tool_calls === false ? oneToolCallAtATime : {},
    callerOptions({
      user: request.user,
      safetyIdentifier: request.safety_identifier,
      promptCacheKey: request.prompt_cache_key,
      ...caller,
    }),
    isSchema ? { openai: { strictJsonSchema: format.json_schema.strict ?? false } } : {},
  ])
}

function toPrompt(messages: ChatMessage[]): LanguageModelV4Prompt {
  const prompt: LanguageModelV4Prompt = []
  /** The names of the functions that were called, which the messages of tools leave out. */
  const called = new Map<string, string>()
  messages.forEach((message, at) => {
    switch (message.role) {
      case 'system':
      case 'developer':
        prompt.push({ role: 'system', content: textOf(message.content) })
        break
      case 'user':
        prompt.push({ role: 'user', content: userParts(message.content, at) })
        break
      case 'assistant': {
        const { content, refusal, tool_calls: calls = [] } = message
        const text = content === undefined ? (refusal ?? '') : textOf(content)
        for (const { id, function: of } of calls) called.set(id, of.name)
        prompt.push({
          role: 'assistant',
          content: [
            ...(text === '' ? [] : [{ type: 'text' as const, text }]),
            ...calls.map(({ id, function: of }) => ({
              type: 'tool-call' as const,
              toolCallId: id,
              toolName: of.name,
              input: inputOf(of.arguments),
            })),
          ],
        })
        break
      }
      case 'tool':
        answerCall(prompt, called, message, at)
    }
  })
  return prompt
}

function answerCall(
  prompt: LanguageModelV4Prompt,
  called: Map<string, string>,
  { tool_call_id: id, content }: Extract<ChatMessage, { role: 'tool' }>,
  at: number,
): void {
  const toolName = called.get(id)
  if (toolName === undefined)
    throw invalid(
      "Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
      `messages.[${at}].role`,
    )
  const result = {
    type: 'tool-result' as const,
    toolCallId: id,
    toolName,
    output: { type: 'text' as const, value: textOf(content) },
  }
  const last = prompt.at(-1)
  if (last?.role === 'tool') last.content.push(result)
  else prompt.push({ role: 'tool', content: [result] })
}

const textOf = (content: string | { text: string }[]) =>
  typeof content === 'string' ? content : content.map(({ text }) => text).join('')

type UserContent = Extract<ChatMessage, { role: 'user' }>['content']

const userParts = (content: UserContent, at: number): (LanguageModelV4TextPart | LanguageModelV4FilePart)[] =>
  typeof content === 'string'
    ? [{ type: 'text', text: content }]
    : content.map((part, index) => {
        if (part.type === 'text') return { type: 'text', text: part.text }
        const { url, detail } = part.image_url
        return {
          type: 'file',
          ...imageOf(url, `messages[${at}].content[${index}].image_url.url`),
          ...(detail && { providerOptions: { openai: { imageDetail: detail } } }),
        }
      })

function imageOf(url: string, param: string): Pick<LanguageModelV4FilePart, 'mediaType' | 'data'> {
  const [, mediaType, data] = /^data:(image\/[\w.+-]+);base64,(.*)$/s.exec(url) ?? []
  if (mediaType !== undefined && data !== undefined) return { mediaType, data: { type: 'data', data } }
  if (/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    return { mediaType: 'image/*', data: { type: 'url', url: new URL(url) } }
  throw invalid(
    `Invalid '${param}': expected an http or https address, or a picture in Base64.`,
    param,
    'invalid_image_url',
  )
}

/** Providers expect what the JSON says. What is no JSON is passed on as the text that it is. */
function inputOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
