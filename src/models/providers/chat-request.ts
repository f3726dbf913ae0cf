import {
  UnsupportedFunctionalityError,
  type LanguageModelV4CallOptions,
  type LanguageModelV4FilePart,
  type LanguageModelV4Prompt,
  type LanguageModelV4TextPart,
  type LanguageModelV4ToolResultOutput,
  type SharedV4Warning,
} from '@ai-sdk/provider'
import { callerFields } from '../caller-options.ts'
import { parallelToolCalls } from '../provider-options.ts'

type ContentPart = { type: string; [field: string]: unknown }
type ChatMessage = { role: string; content: string | ContentPart[] | null; [field: string]: unknown }

export interface ChatDialect {
  modelId: string
  structuredOutputs: boolean
  /** Newer models of Azure refuse `max_tokens`, and older servers know only that. */
  maxTokensField?: 'max_tokens' | 'max_completion_tokens'
  /** Whether the server knows what OpenAI knows of a caller. Some answer 400 to a field that they do not know. */
  callerParameters?: boolean | undefined
}

/**
 * The body of a request for a streamed chat completion. Throws `UnsupportedFunctionalityError` for content that the API
 * does not support.
 */
export function chatRequest(
  call: LanguageModelV4CallOptions,
  { modelId, structuredOutputs, maxTokensField = 'max_tokens', callerParameters = false }: ChatDialect,
): { body: Record<string, unknown>; warnings: SharedV4Warning[] } {
  const warnings: SharedV4Warning[] = []
  if (call.topK !== undefined) warnings.push({ type: 'unsupported', feature: 'topK' })
  const tools = call.tools?.flatMap((tool) => {
    if (tool.type === 'function') {
      const { name, description, inputSchema, strict } = tool
      return [{ type: 'function', function: { name, description, parameters: inputSchema, strict } }]
    }
    warnings.push({ type: 'unsupported', feature: `provider-defined tool ${tool.id}` })
    return []
  })
  const { toolChoice, reasoning } = call
  return {
    warnings,
    body: {
      model: modelId,
      messages: chatMessages(call.prompt),
      stream: true,
      stream_options: { include_usage: true },
      [maxTokensField]: call.maxOutputTokens,
      temperature: call.temperature,
      top_p: call.topP,
      frequency_penalty: call.frequencyPenalty,
      presence_penalty: call.presencePenalty,
      stop: call.stopSequences,
      seed: call.seed,
      response_format: responseFormat(call, structuredOutputs, warnings),
      ...(callerParameters && callerFields(call)),
      reasoning_effort: reasoning === 'provider-default' ? undefined : reasoning,
      ...(tools?.length && {
        tools,
        tool_choice:
          toolChoice?.type === 'tool'
            ? { type: 'function', function: { name: toolChoice.toolName } }
            : toolChoice?.type,
        parallel_tool_calls: parallelToolCalls(call) ? undefined : false,
      }),
    },
  }
}

function responseFormat(
  { responseFormat: wanted, providerOptions }: LanguageModelV4CallOptions,
  structuredOutputs: boolean,
  warnings: SharedV4Warning[],
): unknown {
  if (wanted?.type !== 'json') return undefined
  const { schema, name = 'response', description } = wanted
  if (schema && structuredOutputs) {
    const strict = providerOptions?.['openai']?.['strictJsonSchema'] !== false
    return { type: 'json_schema', json_schema: { name, description, schema, strict } }
  }
  if (schema)
    warnings.push({ type: 'unsupported', feature: 'responseFormat', details: 'the schema is not enforced' })
  return { type: 'json_object' }
}

function chatMessages(prompt: LanguageModelV4Prompt): ChatMessage[] {
  const messages: ChatMessage[] = []
  // A tool message can only contain text, and all tool messages must directly follow the calls. So pictures are sent
  // after them.
  let pictures: ContentPart[] = []
  const showPictures = () => {
    if (pictures.length === 0) return
    messages.push({
      role: 'user',
      content: [{ type: 'text', text: 'Pictures that the tools made:' }, ...pictures],
    })
    pictures = []
  }
  for (const message of prompt) {
    if (message.role !== 'tool') showPictures()
    switch (message.role) {
      case 'system':
        messages.push({ role: 'system', content: message.content })
        break
      case 'user': {
        const [first] = message.content
        const plain = message.content.length === 1 && first?.type === 'text'
        messages.push({ role: 'user', content: plain ? first.text : message.content.map(contentPart) })
        break
      }
      case 'assistant':
        messages.push(assistantMessage(message.content))
        break
      case 'tool':
        for (const result of message.content) {
          if (result.type !== 'tool-result') continue
          messages.push({
            role: 'tool',
            tool_call_id: result.toolCallId,
            content: toolText(result.output, pictures),
          })
        }
    }
  }
  showPictures()
  return messages
}

function assistantMessage(content: Extract<LanguageModelV4Prompt[number], { role: 'assistant' }>['content']) {
  let text = ''
  let reasoning = ''
  const calls: ContentPart[] = []
  for (const part of content) {
    if (part.type === 'text') text += part.text
    else if (part.type === 'reasoning') reasoning += part.text
    else if (part.type === 'tool-call') {
      const given = typeof part.input === 'string' ? part.input : JSON.stringify(part.input ?? {})
      calls.push({
        id: part.toolCallId,
        type: 'function',
        function: { name: part.toolName, arguments: given },
      })
    }
  }
  return {
    role: 'assistant',
    content: text || (calls.length ? null : ''),
    ...(reasoning && { reasoning_content: reasoning }),
    ...(calls.length && { tool_calls: calls }),
  }
}

function toolText(output: LanguageModelV4ToolResultOutput, pictures: ContentPart[]): string {
  switch (output.type) {
    case 'text':
    case 'error-text':
      return output.value
    case 'json':
    case 'error-json':
      return JSON.stringify(output.value)
    case 'execution-denied':
      return output.reason ?? 'The call was denied.'
    case 'content': {
      const texts: string[] = []
      for (const part of output.value) {
        if (part.type === 'text') texts.push(part.text)
        else if (part.type === 'file') pictures.push(contentPart(part))
      }
      return texts.join('\n')
    }
  }
}

function contentPart(part: LanguageModelV4TextPart | LanguageModelV4FilePart): ContentPart {
  if (part.type === 'text') return { type: 'text', text: part.text }
  const { data, mediaType, filename } = part
  const kind = mediaType.split('/')[0]
  if (data.type === 'text') return { type: 'text', text: data.text }
  if (data.type === 'reference') return { type: 'file', file: { file_id: Object.values(data.reference)[0] } }
  if (kind === 'image') {
    const url =
      data.type === 'url'
        ? data.url.href
        : dataUrl(mediaType === 'image/*' ? 'image/png' : mediaType, data.data)
    return { type: 'image_url', image_url: { url, ...imageDetail(part) } }
  }
  if (data.type === 'data' && kind === 'text') {
    return { type: 'text', text: Buffer.from(base64(data.data), 'base64').toString('utf8') }
  }
  if (data.type === 'data' && mediaType === 'application/pdf') {
    return {
      type: 'file',
      file: { filename: filename ?? 'document.pdf', file_data: dataUrl(mediaType, data.data) },
    }
  }
  throw new UnsupportedFunctionalityError({ functionality: `a file of type ${mediaType} in a message` })
}

function imageDetail(part: LanguageModelV4FilePart): { detail?: unknown } {
  const detail = part.providerOptions?.['openai']?.['imageDetail']
  return detail === undefined ? {} : { detail }
}

const base64 = (data: string | Uint8Array) =>
  typeof data === 'string' ? data : Buffer.from(data).toString('base64')

const dataUrl = (mediaType: string, data: string | Uint8Array) => `data:${mediaType};base64,${base64(data)}`
