import type { TakePart } from '../models/take-part.ts'

/**
 * Leaves out the beginning of an answer where it repeats what was `said` already: a model that is asked to go on often
 * begins anew. What only begins alike is given out as soon as it differs, or ends.
 */
export function dropRepeated(said: string, give: TakePart): TakePart {
  const known = said.trim()
  let isOver = known === ''
  let held = ''
  /** Of the block that the held text came in. */
  let id = ''

  function release(): void {
    isOver = true
    const repeated = held.trimStart().startsWith(known)
    const text = repeated ? held.trimStart().slice(known.length) : held
    if (text !== '') give({ type: 'text-delta', id, delta: text })
  }

  return (part) => {
    if (isOver) return give(part)
    if (part.type !== 'text-delta') {
      if (part.type === 'tool-input-start' || part.type === 'tool-call' || part.type === 'finish') release()
      return give(part)
    }
    id = part.id
    held += part.delta
    const begun = held.trimStart()
    if (begun.length >= known.length || !known.startsWith(begun)) release()
  }
}
