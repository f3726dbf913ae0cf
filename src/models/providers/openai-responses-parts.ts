import { TypeValidationError, type LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { BrokenAnswer } from '../broken-answer.ts'
import { markRefusals } from './openai-refusals.ts'

/**
 * Mends the parts of `@ai-sdk/openai`: refusals are marked, a picture says how it was made, and an answer that is not the one
 * of the API becomes an error without its text.
 */
export function responsesParts(): TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart> {
  const refusals = markRefusals()
  const mended = refusals.readable.pipeThrough(mendParts())
  return { writable: refusals.writable, readable: mended }
}

function mendParts(): TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart> {
  let chunk: Chunk = {}
  return new TransformStream({
    transform(part, controller) {
      // Each part follows the chunk that it was made of.
      if (part.type === 'raw') {
        chunk = Object(part.rawValue) as Chunk
        return
      }
      if (part.type === 'error') return controller.enqueue({ ...part, error: mendError(part.error, chunk) })
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

/** The package's own error for an unknown answer has all of it in its message. */
function mendError(error: unknown, { item }: Chunk): unknown {
  if (!TypeValidationError.isInstance(error)) return error
  if (item?.['type'] === 'image_generation_call')
    return { type: 'image_generation_error', message: 'The provider could not make the picture.' }
  return new BrokenAnswer('sent something that is no event of the Responses API')
}
