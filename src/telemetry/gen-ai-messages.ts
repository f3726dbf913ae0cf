import type { LanguageModelV4Message, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import type { SpanContents } from './observer.ts'

/** How many characters of messages a span has at most. The newest are kept. */
const maxCharacters = 131_072

interface Message {
  role: string
  parts: object[]
}

/** The contents of a model turn or a call, as JSON in the form of the conventions for generative AI. */
export function contentAttributes(contents: SpanContents): Record<string, string> {
  const prompt = (contents.prompt ?? []) as LanguageModelV4Message[]
  const [system, messages] = [prompt.filter(isSystem), prompt.filter((message) => !isSystem(message))]
  const answer = (contents.answer ?? []) as LanguageModelV4StreamPart[]
  const attributes = {
    'gen_ai.system_instructions': system.map(({ content }) => ({ type: 'text', content })),
    'gen_ai.input.messages': newest(messages.map(toMessage)),
    'gen_ai.output.messages': answer.length > 0 ? [toAnswer(answer)] : [],
    'gen_ai.tool.definitions': (contents.tools ?? []) as object[],
  }
  return {
    ...Object.fromEntries(
      Object.entries(attributes).flatMap(([name, value]) =>
        value.length > 0 ? [[name, JSON.stringify(value)]] : [],
      ),
    ),
    ...(contents.arguments !== undefined && { 'gen_ai.tool.call.arguments': contents.arguments }),
    ...(contents.result !== undefined && { 'gen_ai.tool.call.result': contents.result }),
  }
}

const isSystem = ({ role }: LanguageModelV4Message) => role === 'system'

/** A message that is longer than all that is kept is left out whole, so that what is there is JSON. */
function newest(messages: Message[]): Message[] {
  let left = maxCharacters
  const first = messages.findLastIndex((message) => (left -= JSON.stringify(message).length) < 0)
  return messages.slice(first + 1)
}

function toMessage({ role, content }: LanguageModelV4Message): Message {
  return {
    role,
    parts: typeof content === 'string' ? [{ type: 'text', content }] : content.map(toPart),
  }
}

type Part = Exclude<LanguageModelV4Message['content'], string>[number]

/** Files and pictures are told of, and left out. */
function toPart(part: Part): object {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return { type: part.type, content: part.text }
    case 'tool-call':
      return { type: 'tool_call', id: part.toolCallId, name: part.toolName, arguments: part.input }
    case 'tool-result':
      return { type: 'tool_call_response', id: part.toolCallId, response: part.output }
    case 'file':
      return { type: 'file', mime_type: part.mediaType }
    default:
      return { type: part.type }
  }
}

/** What the model has sent, put together. */
function toAnswer(answer: LanguageModelV4StreamPart[]): Message & { finish_reason: string } {
  const said = { text: '', reasoning: '' }
  const calls: object[] = []
  let finish = 'error'
  for (const part of answer) {
    if (part.type === 'text-delta') said.text += part.delta
    if (part.type === 'reasoning-delta') said.reasoning += part.delta
    if (part.type === 'tool-call')
      calls.push({ type: 'tool_call', id: part.toolCallId, name: part.toolName, arguments: part.input })
    if (part.type === 'finish') finish = finishReason(part.finishReason.unified)
  }
  const texts = (['reasoning', 'text'] as const).flatMap((type) =>
    said[type] === '' ? [] : [{ type, content: said[type] }],
  )
  return { role: 'assistant', parts: [...texts, ...calls], finish_reason: finish }
}

/** In the words of the conventions. */
export const finishReason = (finish: string): string =>
  ({ calls: 'tool_call', 'tool-calls': 'tool_call', 'content-filter': 'content_filter' })[finish] ?? finish
