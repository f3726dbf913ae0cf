import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { isRefusal } from './refusal.ts'

const opening = '<think>'
const closing = '</think>'
/** A model that sends nothing but blanks sends no tag after them. */
const maxBlank = 1_000

/**
 * Takes for reasoning what a model says between think tags at the start of its answer, as local models do whose server
 * does not read the tags. Tags may be cut anywhere; in the middle of a text they are text.
 */
export async function* readThinkTags(
  parts: AsyncIterable<LanguageModelV4StreamPart>,
): AsyncGenerator<LanguageModelV4StreamPart, void> {
  const text = splitThinking()
  const refusals = new Set<string>()
  let textId = 'text'
  function* give({ thought, said }: Split): Generator<LanguageModelV4StreamPart> {
    if (thought) yield { type: 'reasoning-delta', id: 'think-tags', delta: thought }
    if (said) yield { type: 'text-delta', id: textId, delta: said }
  }

  for await (const part of parts) {
    if (part.type === 'text-delta' && !refusals.has(part.id)) {
      textId = part.id
      yield* give(text.push(part.delta))
      continue
    }
    if (part.type === 'text-start' && isRefusal(part)) refusals.add(part.id)
    if (part.type === 'tool-input-start' || part.type === 'tool-call') yield* give(text.end())
    if (part.type === 'finish') {
      // A model that ends of itself between the tags was speaking about them.
      yield* give(part.finishReason.unified === 'stop' ? text.endAsText() : text.end())
    }
    yield part
  }
}

interface Split {
  thought: string
  said: string
}

function splitThinking() {
  let state: 'start' | 'thinking' | 'answer' = 'start'
  /** What has come and is neither thought nor said yet. */
  let held = ''
  /** All that the tags held, and they themselves. */
  let tagged = ''

  function push(delta: string): Split {
    held += delta
    let thought = ''
    for (;;) {
      if (state === 'answer') return { thought, said: take(held.length) }
      if (state === 'start') {
        const begun = held.trimStart()
        const blank = held.length - begun.length
        // The blank after a thought belongs to it; one before an answer without thoughts is the answer's.
        if (tagged !== '' || begun.startsWith(opening)) tagged += take(blank)
        const mayBegin = begun !== opening && opening.startsWith(begun) && blank <= maxBlank
        if (mayBegin) return { thought, said: '' }
        state = begun.startsWith(opening) ? 'thinking' : 'answer'
        if (state === 'thinking') tagged += take(opening.length)
      } else {
        const end = held.indexOf(closing)
        const inside = take(end < 0 ? held.length - lengthOfEndLike(held, closing) : end)
        thought += inside
        tagged += inside
        if (end < 0) return { thought, said: '' }
        tagged += take(closing.length)
        state = 'start'
      }
    }
  }

  function take(length: number): string {
    const taken = held.slice(0, length)
    held = held.slice(length)
    return taken
  }

  /** No text follows that could belong to a tag. */
  function end(): Split {
    if (state === 'thinking') return { thought: take(held.length), said: '' }
    const said = tagged === '' ? held : held.trimStart()
    held = ''
    if (said !== '') state = 'answer'
    return { thought: '', said }
  }

  return {
    push,
    end,
    endAsText: (): Split =>
      state === 'thinking' ? { thought: '', said: tagged + take(held.length) } : end(),
  }
}

/** How many characters at the end of the text may be the beginning of the tag. */
function lengthOfEndLike(text: string, tag: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(tag.slice(0, length))) return length
  }
  return 0
}
