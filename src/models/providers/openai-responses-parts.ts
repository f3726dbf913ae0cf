import { TypeValidationError, type JSONObject, type LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { BrokenAnswer } from '../broken-answer.ts'
import { lengthOf } from '../url-annotation.ts'
import { markRefusals } from './openai-refusals.ts'

/**
 * Mends the parts of `@ai-sdk/openai`: refusals are marked, a picture says how it was made, what was not announced is, a call that
 * fails does not end the answer, citations count from the beginning of their message, and an answer that is not the one of the API
 * becomes an error without its text.
 */
export function responsesParts(): TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart> {
  const refusals = markRefusals()
  const mended = refusals.readable.pipeThrough(mendParts())
  return { writable: refusals.writable, readable: mended }
}

function mendParts(): TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart> {
  let chunk: Chunk = {}
  const announced = new Set<string>()
  /** Whether there was a result that the package could not read. It takes the whole answer for a failure then. */
  let unread = false
  return new TransformStream({
    transform(part, controller) {
      // Each part follows the chunk that it was made of.
      if (part.type === 'raw') {
        chunk = Object(part.rawValue) as Chunk
        return
      }
      if (part.type === 'error') {
        const result = TypeValidationError.isInstance(part.error) ? unreadResult(chunk) : undefined
        unread ||= result !== undefined
        return controller.enqueue(result ?? { ...part, error: mendError(part.error) })
      }
      if (part.type === 'finish' && unread)
        return controller.enqueue({ ...part, finishReason: endOf(part, chunk) })
      if (part.type === 'text-end') return controller.enqueue(withAnnotations(part, chunk))
      if (part.type === 'tool-call') announced.add(part.toolCallId)
      if (part.type === 'tool-result' && !announced.has(part.toolCallId)) {
        const { toolCallId, toolName } = part
        announced.add(toolCallId)
        controller.enqueue({ type: 'tool-call', toolCallId, toolName, input: '{}', providerExecuted: true })
      }
      const made = part.type === 'tool-result' ? howMade(part.toolCallId, chunk) : {}
      if (part.type !== 'tool-result' || Object.keys(made).length === 0) return controller.enqueue(part)
      controller.enqueue({ ...part, result: { ...Object(part.result), ...made } })
    },
  })
}

/** A chunk of the stream. It is not trusted. */
interface Chunk {
  type?: unknown
  item_id?: unknown
  item?: Record<string, unknown> | null
  [field: string]: unknown
}

/** What is told of a picture besides its bytes. The names are those of the item. */
const ofPictures = ['revised_prompt', 'size', 'quality', 'background', 'output_format', 'action']

function howMade(callId: string, chunk: Chunk): Record<string, unknown> {
  const isPartial = chunk.type === 'response.image_generation_call.partial_image'
  const told = isPartial ? chunk : chunk.item
  if (!told || (isPartial ? chunk.item_id : told['id']) !== callId) return {}
  if (!isPartial && told['type'] !== 'image_generation_call') return {}
  const known = ofPictures.filter((name) => typeof told[name] === 'string')
  return Object.fromEntries(known.map((name) => [camelCase(name), told[name]]))
}

const camelCase = (name: string) => name.replace(/_(\w)/g, (_all, letter: string) => letter.toUpperCase())

type TextEnd = Extract<LanguageModelV4StreamPart, { type: 'text-end' }>

/** The API counts from the beginning of a part of the message, and the package makes one text of all parts. */
function withAnnotations(part: TextEnd, { item }: Chunk): TextEnd {
  let before = 0
  const annotations = listOf(item?.['content']).flatMap(({ text, annotations: given }) => {
    const moved = listOf(given).map((one) => ({
      ...one,
      start_index: before + Number(one['start_index']),
      end_index: before + Number(one['end_index']),
    }))
    before += typeof text === 'string' ? lengthOf(text) : 0
    return moved
  })
  if (annotations.length === 0) return part
  const { openai, ...others } = part.providerMetadata ?? {}
  return { ...part, providerMetadata: { ...others, openai: { ...openai, annotations } } }
}

const listOf = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : []

/** The result of a call that has failed, or that says what the package does not know. */
function unreadResult({ type, item }: Chunk): LanguageModelV4StreamPart | undefined {
  if (type !== 'response.output_item.done' || typeof item?.['id'] !== 'string') return undefined
  const toolCallId = item['id']
  if (item['type'] === 'image_generation_call')
    return { type: 'tool-result', toolCallId, toolName: 'image_generation', result: {}, isError: true }
  if (item['type'] !== 'web_search_call') return undefined
  const action = Object(item['action']) as JSONObject
  const { sources = [] } = action
  const isError = item['status'] === 'failed'
  return { type: 'tool-result', toolCallId, toolName: 'web_search', result: { action, sources }, isError }
}

/** How an answer has ended, which the package says of no answer with a failure. */
function endOf({ finishReason }: Finish, { type, response }: Chunk): Finish['finishReason'] {
  if (finishReason.unified !== 'error' || finishReason.raw !== undefined) return finishReason
  if (type === 'response.completed') return { unified: 'stop', raw: 'stop' }
  if (type !== 'response.incomplete') return finishReason
  const { incomplete_details: details } = Object(response) as { incomplete_details?: { reason?: unknown } }
  return details?.reason === 'content_filter'
    ? { unified: 'content-filter', raw: 'content_filter' }
    : { unified: 'length', raw: 'max_output_tokens' }
}

type Finish = Extract<LanguageModelV4StreamPart, { type: 'finish' }>

/** The package's own error for an unknown answer has all of it in its message. */
const mendError = (error: unknown): unknown =>
  TypeValidationError.isInstance(error)
    ? new BrokenAnswer('sent something that is no event of the Responses API')
    : error
