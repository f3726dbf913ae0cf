import { isRefusal } from './refusal-mark.ts'
import type { TakePart } from './take-part.ts'

/** The tags that models write around their reasoning, in upper or lower case. */
const tags = [
  ['<think>', '</think>'],
  ['<thinking>', '</thinking>'],
  ['<thought>', '</thought>'],
  ['[think]', '[/think]'],
] as const
/** After more white space than this, no tag is expected. */
const maxBlank = 1_000

/**
 * Turns text between think tags at the beginning of an answer into reasoning, for local models whose server does not do
 * this. A tag may be split over several pieces. In the middle of a text it is ordinary text.
 */
export function readThinkTags(give: TakePart): TakePart {
  const text = splitThinking()
  const refusals = new Set<string>()
  let textId = 'text'
  function giveSplit({ thought, said }: Split) {
    if (thought) give({ type: 'reasoning-delta', id: 'think-tags', delta: thought })
    if (said) give({ type: 'text-delta', id: textId, delta: said })
  }

  return (part) => {
    if (part.type === 'text-delta' && !text.isAnswer() && !refusals.has(part.id)) {
      textId = part.id
      return giveSplit(text.push(part.delta))
    }
    if (part.type === 'text-start' && isRefusal(part)) refusals.add(part.id)
    if (part.type === 'tool-input-start' || part.type === 'tool-call') giveSplit(text.end())
    if (part.type === 'finish') {
      // A model that stops by itself between the tags was writing about them.
      giveSplit(part.finishReason.unified === 'stop' ? text.endAsText() : text.end())
    }
    give(part)
  }
}

interface Split {
  thought: string
  said: string
}

function splitThinking() {
  let state: 'start' | 'thinking' | 'answer' = 'start'
  /** Text that has arrived and is not yet known to be reasoning or answer. */
  let held = ''
  /** All text between the tags, with the tags. */
  let tagged = ''
  /** The closing tags of all open tags, the innermost last. */
  const closings: string[] = []
  /** True while only white space has followed the innermost tag, so that another tag may begin in it. */
  let fresh = false
  /** The text after the end of an inner tag. It is the answer when the outer tag has no end. */
  let afterInner: string | undefined

  function push(delta: string): Split {
    held += delta
    let thought = ''
    for (;;) {
      if (state === 'answer') return { thought, said: take(held.length) }
      if (state === 'start') {
        const begun = held.trimStart()
        const blank = held.length - begun.length
        // White space after the reasoning belongs to the reasoning. Before an answer without reasoning it belongs to
        // the answer.
        const tag = tagAt(begun)
        if (tagged !== '' || tag) tagged += take(blank)
        if (!tag && mayBeTag(begun) && blank <= maxBlank) return { thought, said: '' }
        state = tag ? 'thinking' : 'answer'
        if (tag) open(tag)
      } else {
        if (fresh) {
          const begun = held.trimStart()
          const tag = tagAt(begun)
          if (!tag && mayBeTag(begun) && held.length - begun.length <= maxBlank) return { thought, said: '' }
          if (tag) tagged += take(held.length - begun.length)
          fresh = false
          if (tag) {
            open(tag)
            continue
          }
        }
        const closing = closings.at(-1) ?? ''
        const end = indexOfTag(held, closing)
        const inside = take(end < 0 ? held.length - lengthOfEndLike(held, closing) : end)
        thought += inside
        tagged += inside
        if (afterInner !== undefined) afterInner += inside
        if (end < 0) return { thought, said: '' }
        tagged += take(closing.length)
        closings.pop()
        if (closings.length === 0) state = 'start'
        afterInner = closings.length === 0 ? undefined : ''
      }
    }
  }

  function open([opening, closing]: Tag): void {
    tagged += take(opening.length)
    closings.push(closing)
    fresh = true
  }

  function take(length: number): string {
    const taken = held.slice(0, length)
    held = held.slice(length)
    return taken
  }

  /** Called when no more text follows. */
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
    /** True when the rest is the answer and no text is held back. */
    isAnswer: () => state === 'answer',
    endAsText(): Split {
      if (state !== 'thinking') return end()
      const rest = take(held.length)
      return { thought: '', said: afterInner === undefined ? tagged + rest : (afterInner + rest).trimStart() }
    },
  }
}

type Tag = (typeof tags)[number]

const tagAt = (text: string): Tag | undefined =>
  tags.find(([opening]) => text.slice(0, opening.length).toLowerCase() === opening)

/** True when the text may still become a tag. */
const mayBeTag = (text: string): boolean =>
  text.length < longestTag && tags.some(([opening]) => opening.startsWith(text.toLowerCase()))

const longestTag = Math.max(...tags.map(([opening]) => opening.length))

/** Ignores the case. The whole text is not converted, because the lower case of a text may be longer. */
const indexOfTag = (text: string, tag: string): number =>
  text.search(new RegExp(tag.replace('[', '\\['), 'i'))

/** How many characters at the end of the text may be the beginning of the tag. */
function lengthOfEndLike(text: string, tag: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length--) {
    if (text.slice(-length).toLowerCase() === tag.slice(0, length)) return length
  }
  return 0
}
