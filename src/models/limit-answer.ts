import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { tokenUsage } from './play.ts'

/** What a call costs beside its text, in bytes: it is shown, stored and sent to the model again. */
const bytesPerCall = 1_024

/** Ends an answer that is longer than `maxBytes` of UTF-8, thoughts and calls included, as if the model had stopped there. */
export async function* limitAnswer(
  parts: AsyncIterable<LanguageModelV4StreamPart>,
  maxBytes: number,
): AsyncGenerator<LanguageModelV4StreamPart, void> {
  let room = maxBytes
  const announced = new Set<string>()
  for await (const part of parts) {
    const before = room
    if (part.type === 'tool-input-start') {
      announced.add(part.id)
      room -= bytesPerCall + Buffer.byteLength(part.toolName)
    } else if (part.type === 'tool-call' && !announced.has(part.toolCallId)) {
      room -= bytesPerCall + Buffer.byteLength(part.toolName) + Buffer.byteLength(part.input)
    } else if ('delta' in part) room -= Buffer.byteLength(part.delta)
    if (room >= 0) yield part
    else {
      if ('delta' in part) yield { ...part, delta: firstBytes(part.delta, before) }
      yield {
        type: 'finish',
        finishReason: { unified: 'length', raw: 'max_answer_bytes' },
        usage: tokenUsage(undefined, undefined),
      }
      return
    }
  }
}

/** The characters that are whole within so many bytes. */
const firstBytes = (text: string, bytes: number) =>
  new TextDecoder().decode(Buffer.from(text).subarray(0, bytes), { stream: true })
