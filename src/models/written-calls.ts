import { isRefusal } from './refusal-mark.ts'
import { callKeys, parseWrittenCalls, type FindTool } from './parse-written-calls.ts'
import type { TakePart } from './take-part.ts'

export interface Offer {
  /** The tool that a model means by a name; undefined where none was offered. */
  find: FindTool
  /** Whether an object without a mark before it may be a call; not where JSON is the answer that was asked for. */
  bare: boolean
  /** Told when calls have been read of the text. */
  read: () => void
}

/** What begins calls. */
const openings = [
  '<tool_call>',
  '<tool_calls>',
  '<tools>',
  '<function_call>',
  '<function_calls>',
  '<function=',
  '<|tool_call|>',
  '<|python_tag|>',
  '[TOOL_CALLS]',
]
/** What begins them only where the whole answer is calls. */
const fences = ['```json', '```xml', '```tool_call', '```tool_calls', '```\n']
/** So much of a text tells whether it may be calls. */
const longestHead = 500
/** A text that began so often and went on otherwise is about calls. */
const maxAttempts = 20

/**
 * Reads the calls that a model writes into its text where the model server does not: small models, above all, whose
 * server has no parser for them. They are calls where nothing but calls follows to the end of the answer, and each is of a tool
 * that was offered; anything else stays as it is. They are held back until then.
 */
export function readWrittenCalls({ find, bare, read }: Offer, give: TakePart): TakePart {
  const refusals = new Set<string>()
  let state: 'start' | 'text' | 'held' | 'off' = 'start'
  let held = ''
  let textId = 'text'
  let attempts = 0
  /** The last character that was said and is no blank. */
  let last = ''
  /** How much of what is held has been looked at. */
  let judged = 0
  /** Whether what is held is the beginning of the answer. */
  let fromStart = false

  function say(text: string): void {
    if (text === '') return
    last = text.trimEnd().at(-1) ?? last
    give({ type: 'text-delta', id: textId, delta: text })
  }

  function take(length: number): string {
    const taken = held.slice(0, length)
    held = held.slice(length)
    return taken
  }

  /** Whether there is more to read in what has come. */
  function scan(): boolean {
    if (state === 'off') {
      say(take(held.length))
    } else if (state === 'start') {
      const begun = held.trimStart()
      const all = bare ? [...openings, ...fences, '{', '['] : openings
      const opens = all.some((opening) => begun.startsWith(opening))
      if (!opens && held.length <= longestHead && all.some((opening) => opening.startsWith(begun)))
        return false
      fromStart = true
      state = opens ? 'held' : 'text'
      return true
    } else if (state === 'text') {
      const { at, opens } = openingIn(held, last)
      say(take(at))
      if (opens) state = 'held'
      fromStart = false
      return opens
    } else if (judged < longestHead) {
      judged = held.length
      if (mayBeCalls(held.trimStart().slice(0, longestHead), find)) return false
      disappoint()
      return true
    }
    return false
  }

  /** What is held begins with no calls. */
  function disappoint(): void {
    state = ++attempts === maxAttempts ? 'off' : 'text'
    judged = 0
    const opening = /^\s*(?:[^\n]|$)/.exec(held)?.[0].length ?? 0
    say(take(opening))
  }

  /** No text follows; `whole` where the model has ended of itself. */
  function end(whole: boolean): void {
    while (held !== '') {
      const found = state === 'held' ? parseWrittenCalls(held.trimStart(), find, whole) : undefined
      if (found && isMeant(found.rest)) {
        read()
        const calls = found.calls.entries()
        for (const [index, { name, input }] of calls)
          give({ type: 'tool-call', toolCallId: `written-${index}`, toolName: name, input })
        held = ''
        return say(found.rest.trim() === '' ? '' : found.rest.trimStart())
      }
      if (state === 'held') disappoint()
      else if (!scan()) say(take(held.length))
    }
  }

  /** Whether what follows the calls leaves them what they are: a text about them goes on in their line. */
  function isMeant(rest: string): boolean {
    if (rest.trim() === '') return true
    return (
      fromStart && openings.some((opening) => held.trimStart().startsWith(opening)) && rest.startsWith('\n')
    )
  }

  return (part) => {
    if (part.type === 'text-delta' && !refusals.has(part.id)) {
      textId = part.id
      if (state === 'off' && held === '') return give(part)
      held += part.delta
      while (scan());
      return
    }
    if (part.type === 'text-start' && isRefusal(part)) refusals.add(part.id)
    if (part.type === 'tool-input-start' || part.type === 'tool-call') {
      // This server reads the calls: what looks like them in the text is none.
      state = 'off'
      say(take(held.length))
    }
    if (part.type === 'finish')
      end(part.finishReason.unified === 'stop' || part.finishReason.unified === 'tool-calls')
    give(part)
  }
}

const sentenceEnd = /[.!?…。！？]/

/**
 * Up to where the text holds no beginning of calls, and whether one stands there: at the beginning of a line or behind the
 * end of a sentence; `last` is what stands before the text,
 * blanks left out. Blanks before it belong to it.
 */
function openingIn(text: string, last: string): { at: number; opens: boolean } {
  for (const { index } of text.matchAll(/[<[]/g)) {
    const next = text.slice(index, index + longestOpening)
    const opens = openings.some((opening) => next.startsWith(opening))
    if (!opens && !openings.some((opening) => opening.startsWith(next))) continue
    const before = text.slice(Math.max(0, index - longestHead), index)
    const said = before.trimEnd()
    const blank = before.slice(said.length)
    if (blank.includes('\n') || sentenceEnd.test(said.at(-1) ?? last))
      return { at: index - blank.length, opens }
  }
  // What has not begun behind these blanks may begin with one.
  const said = text.trimEnd()
  const blank = text.slice(said.length)
  const mayFollow = sentenceEnd.test(said.at(-1) ?? last) ? 0 : blank.indexOf('\n')
  const at = mayFollow < 0 || blank.length > longestHead ? text.length : said.length + mayFollow
  return { at, opens: false }
}

const longestOpening = Math.max(...openings.map(({ length }) => length))

const lead = /^(?:\s|<[a-z_]*>|<\|[a-z_]*\|>|\[TOOL_CALLS\]|```[a-z_]*\n)*/
/** A mark or a fence that has not come whole. */
const half = /^(?:<[^>\s]*|`{1,3}[a-z_]*|\[[A-Z_]*)$/
const firstKey = /^(?:\[\s*)?\{\s*(?:$|["'](\w*)(?:$|(["'])))/
const firstName =
  /^(?:\[\s*)?\{\s*(?:"type"\s*:\s*"function"\s*,\s*)?"(?:name|function|tool|tool_name)"\s*:\s*"([^"\\]*)"/
const bareName = /^(?:<function=)?([\w.-]+)(?=[^\w.-])/

/** Whether the beginning of a text may still become calls of what was offered. */
function mayBeCalls(text: string, find: FindTool): boolean {
  const [before = ''] = lead.exec(text) ?? []
  const rest = text.slice(before.length)
  if (rest === '' || half.test(rest)) return true
  if (/^[{[]/.test(rest)) {
    const name = firstName.exec(rest)?.[1]
    if (name !== undefined) return find(name) !== undefined
    const [begins, key = '', closed] = firstKey.exec(rest) ?? []
    if (begins === undefined) return /^\[\s*$/.test(rest)
    return callKeys.some((known) => (closed ? known === key : known.startsWith(key)))
  }
  const isName = before.trim() !== '' && /^(?:<function=)?[\w.-]{1,100}$/.test(rest)
  const name = bareName.exec(rest)?.[1]
  return isName || (name !== undefined && find(name) !== undefined)
}
