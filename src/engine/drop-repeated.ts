import type { TakePart } from '../models/take-part.ts'

/**
 * Leaves out the beginning of an answer where it repeats what was `said` already: a model that is asked to go on often
 * begins anew. What only begins alike is given out as soon as it differs, or ends. Blanks behind what is repeated belong to
 * what follows them: where nothing does, they are no answer.
 */
export function dropRepeated(said: string, give: TakePart): TakePart {
  const known = said.trim()
  let isOver = known === ''
  let held = ''
  /** Of the block that the held text came in. */
  let id = ''

  /** What is held, without what is repeated. */
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
