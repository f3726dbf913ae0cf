import { isRefusal } from './refusal-mark.ts'
import { callKeys, parseWrittenCalls, type FindTool } from './parse-written-calls.ts'
import type { TakePart } from './take-part.ts'

export interface Offer {
  /** Finds the tool that a model means by a name. Undefined when it was not offered. */
  find: FindTool
  /** True when an object without a mark before it may be a call. False when the caller asked for an answer in JSON. */
  bare: boolean
  /** Called when calls were read from the text. */
  read: () => void
}

/** Text with which calls begin. */
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
/** Text with which calls begin only when the whole answer consists of calls. */
const fences = ['```json', '```xml', '```tool_call', '```tool_calls', '```\n']
/** After this many characters it is known whether a text may be calls. */
const longestHead = 500
/** After this many beginnings that were not calls, the text is taken for one about calls. */
const maxAttempts = 20

/**
 * Reads calls that a model writes into its text when the model server does not read them. This is needed for small
 * models, whose server has no parser for their format. Text is read as calls only when nothing else follows to the end
 * of the answer and each call names a tool that was offered. All other text is not changed. The text is held back until
 * this is known.
 */
export function readWrittenCalls({ find, bare, read }: Offer, give: TakePart): TakePart {
  const refusals = new Set<string>()
  let state: 'start' | 'text' | 'held' | 'off' = 'start'
  let held = ''
  let textId = 'text'
  let attempts = 0
  /** The last character that was passed on, without white space. */
  let last = ''
  /** How much of the held text was examined. */
  let judged = 0
  /** True when the held text is the beginning of the answer. */
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

  /** Reads one step further. Returns true when there is more to read. */
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

  /** Called when the held text does not begin with calls. */
  function disappoint(): void {
    state = ++attempts === maxAttempts ? 'off' : 'text'
    judged = 0
    const opening = /^\s*(?:[^\n]|$)/.exec(held)?.[0].length ?? 0
    say(take(opening))
  }

  /** Called when no more text follows. `whole` is true when the model has stopped by itself. */
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

  /**
   * True when the text after the calls shows that they were meant as calls. A text about calls continues in the same
   * line.
   */
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
      // This server reads the calls itself, so similar text is not a call.
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
 * Finds where calls may begin: at the beginning of a line or after the end of a sentence. `at` is the end of the text
 * before it, and `opens` is true when a beginning was found. `last` is the character before the text, without white
 * space. White space before a beginning belongs to it.
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
  // Calls may begin after this white space.
  const said = text.trimEnd()
  const blank = text.slice(said.length)
  const mayFollow = sentenceEnd.test(said.at(-1) ?? last) ? 0 : blank.indexOf('\n')
  const at = mayFollow < 0 || blank.length > longestHead ? text.length : said.length + mayFollow
  return { at, opens: false }
}

const longestOpening = Math.max(...openings.map(({ length }) => length))

const lead = /^(?:\s|<[a-z_]*>|<\|[a-z_]*\|>|\[TOOL_CALLS\]|```[a-z_]*\n)*/
/** A mark or a code fence that is not complete. */
const half = /^(?:<[^>\s]*|`{1,3}[a-z_]*|\[[A-Z_]*)$/
const firstKey = /^(?:\[\s*)?\{\s*(?:$|["'](\w*)(?:$|(["'])))/
const firstName =
  /^(?:\[\s*)?\{\s*(?:"type"\s*:\s*"function"\s*,\s*)?"(?:name|function|tool|tool_name)"\s*:\s*"([^"\\]*)"/
const bareName = /^(?:<function=)?([\w.-]+)(?=[^\w.-])/

/** True when the beginning of a text may still become calls of offered tools. */
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
