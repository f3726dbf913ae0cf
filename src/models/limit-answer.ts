import { tokenUsage } from './stream-parts.ts'
import type { TakePart } from './take-part.ts'

/** What a call costs in addition to its text, in bytes, because it is shown, stored, and sent to the model again. */
const bytesPerCall = 1_024

/** In characters of JSON, of all that tools of the provider give in one answer: many pictures. */
const maxResults = 128 * 2 ** 20

/**
 * Ends an answer that is longer than `maxBytes` of UTF-8, with reasoning and calls, as if the model had stopped there.
 */
export function limitAnswer(maxBytes: number, give: TakePart): TakePart {
  let room = maxBytes
  let results = maxResults
  const announced = new Set<string>()
  return (part) => {
    if (room < 0) return
    const before = room
    if (part.type === 'tool-input-start') {
      announced.add(part.id)
      room -= bytesPerCall + Buffer.byteLength(part.toolName)
    } else if (part.type === 'tool-call' && !announced.has(part.toolCallId)) {
      room -= bytesPerCall + Buffer.byteLength(part.toolName) + Buffer.byteLength(part.input)
    } else if (part.type === 'tool-result') {
      const { length } = JSON.stringify(part.result) ?? ''
      results -= length
      room -= results < 0 ? Infinity : Math.min(length, bytesPerCall)
    } else if (part.type === 'source') room -= JSON.stringify(part).length
    else if (part.type === 'text-end')
      room -= part.providerMetadata ? JSON.stringify(part.providerMetadata).length : 0
    else if ('delta' in part) room -= Buffer.byteLength(part.delta)
    if (room >= 0) return give(part)
    if ('delta' in part) give({ ...part, delta: firstBytes(part.delta, before) })
    give({
      type: 'finish',
      finishReason: { unified: 'length', raw: 'max_answer_bytes' },
      usage: tokenUsage(undefined, undefined),
    })
  }
}

/** The whole characters that fit into this many bytes. */
const firstBytes = (text: string, bytes: number) =>
  new TextDecoder().decode(Buffer.from(text).subarray(0, bytes), { stream: true })
