import type { TakePart } from '../models/take-part.ts'

/**
 * Removes the beginning of an answer when it repeats `said`, because a model that is asked to continue often starts
 * again from the beginning. Text that only begins in the same way is passed on as soon as it differs or ends. White
 * space after the repeated part belongs to the text that follows; when no text follows, it is dropped.
 */
export function dropRepeated(said: string, give: TakePart): TakePart {
  const known = said.trim()
  let isOver = known === ''
  let held = ''
  /** The id of the text block that the held text belongs to. */
  let id = ''

  /** The held text without the repeated part. */
  function rest(): string {
    const begun = held.trimStart()
    return begun.startsWith(known) ? begun.slice(known.length) : held
  }

  function release(text: string): void {
    isOver = true
    if (text !== '') give({ type: 'text-delta', id, delta: text })
  }

  return (part) => {
    if (isOver) return give(part)
    if (part.type !== 'text-delta') {
      if (part.type === 'tool-input-start' || part.type === 'tool-call' || part.type === 'finish') {
        const text = rest()
        release(text.trim() === '' ? '' : text)
      }
      return give(part)
    }
    id = part.id
    held += part.delta
    if (known.startsWith(held.trimStart())) return
    const text = rest()
    if (text.trim() !== '') release(text)
  }
}
