import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import type { TakePart } from './take-part.ts'

/**
 * Holds back the first half of a surrogate pair until the other half arrives, so that no piece and no stored text
 * contains half a character. A half without its other half becomes U+FFFD.
 */
export function wholeCharacters(give: TakePart): TakePart {
  type Delta = Extract<LanguageModelV4StreamPart, { delta: string }>
  const held = new Map<string, Delta>()
  function release(key: string) {
    const part = held.get(key)
    if (part) give({ ...part, delta: '\uFFFD' })
    held.delete(key)
  }
  function takeDelta(part: Delta) {
    const key = `${part.type} ${part.id}`
    const [text, half] = wholePart((held.get(key)?.delta ?? '') + part.delta)
    held.delete(key)
    if (half !== '') held.set(key, { ...part, delta: half })
    give({ ...part, delta: text })
  }
  return (part) => {
    if ('delta' in part) {
      if (held.size === 0 && part.delta.isWellFormed()) give(part)
      else takeDelta(part)
    } else if (part.type === 'tool-call') {
      held.delete(`tool-input-delta ${part.toolCallId}`)
      give({ ...part, toolName: part.toolName.toWellFormed(), input: part.input.toWellFormed() })
    } else if (part.type === 'tool-input-start') {
      give({ ...part, toolName: part.toolName.toWellFormed() })
    } else if (part.type === 'tool-result') {
      give({ ...part, result: wholeValue(part.result) })
    } else {
      if ('id' in part) release(`${part.type.replace(/-end$/, '-delta')} ${part.id}`)
      if (part.type === 'finish') for (const key of held.keys()) release(key)
      give(part)
    }
  }
}

/** The text in whole characters, and the first half of a pair at its end. */
export function wholePart(text: string): [whole: string, half: string] {
  const half = /[\uD800-\uDBFF]$/.test(text.slice(-1)) ? text.slice(-1) : ''
  return [text.slice(0, text.length - half.length).toWellFormed(), half]
}

/** The same value with whole characters in all of its texts. */
export function wholeValue<Value>(value: Value): Value
export function wholeValue(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed()
  if (Array.isArray(value)) return value.map((one) => wholeValue(one))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, wholeValue(one)]))
}
