import { isRefusal } from './refusal-mark.ts'
import type { TakePart } from './take-part.ts'

/** What models write around their thoughts, in letters of either case. */
const tags = [
  ['<think>', '</think>'],
  ['<thinking>', '</thinking>'],
  ['<thought>', '</thought>'],
  ['[think]', '[/think]'],
] as const
/** A model that sends nothing but blanks sends no tag after them. */
const maxBlank = 1_000

/**
 * Takes for reasoning what a model says between think tags at the start of its answer, as local models do whose server
 * does not read the tags. Tags may be cut anywhere; in the middle of a text they are text.
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
      // A model that ends of itself between the tags was speaking about them.
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
  /** What has come and is neither thought nor said yet. */
  let held = ''
  /** All that the tags held, and they themselves. */
  let tagged = ''
  /** The ends of the tags that are open, the innermost last. */
  const closings: string[] = []
  /** Nothing but blanks has come since the innermost tag began: another may begin in it. */
  let fresh = false
  /** What came after an inner tag ended: the answer, where the outer one never ends. */
  let afterInner: string | undefined

  function push(delta: string): Split {
    held += delta
    let thought = ''
    for (;;) {
      if (state === 'answer') return { thought, said: take(held.length) }
      if (state === 'start') {
        const begun = held.trimStart()
        const blank = held.length - begun.length
        // The blank after a thought belongs to it; one before an answer without thoughts is the answer's.
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
    /** The rest is the answer, and nothing of it is held. */
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

/** Whether the text is the beginning of a tag, or nothing yet. */
const mayBeTag = (text: string): boolean =>
  text.length < longestTag && tags.some(([opening]) => opening.startsWith(text.toLowerCase()))

const longestTag = Math.max(...tags.map(([opening]) => opening.length))

/** In letters of either case; lower case may be longer than the text that it is of. */
const indexOfTag = (text: string, tag: string): number =>
  text.search(new RegExp(tag.replace('[', '\\['), 'i'))

/** How many characters at the end of the text may be the beginning of the tag. */
function lengthOfEndLike(text: string, tag: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length--) {
    if (text.slice(-length).toLowerCase() === tag.slice(0, length)) return length
  }
  return 0
}
