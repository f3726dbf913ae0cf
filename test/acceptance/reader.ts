import assert from 'node:assert/strict'
import type { SeenEvent } from '../runs.ts'

/** The two numbers of an event's id. */
export function place(id: string): { attempt: number; seq: number } {
  const [attempt, seq] = id.split('-').map(Number)
  return { attempt: attempt ?? NaN, seq: seq ?? NaN }
}

/**
 * What a client does with an event that arrives, after a break or not: whatever it saw from this number on was shown
 * by a worker that died before it was on disk, and is dropped. Only deltas may be lost in that way.
 */
export function take(seen: SeenEvent[], event: SeenEvent): void {
  const { seq } = place(event.id)
  while (seen.length > 0 && place(seen.at(-1)?.id ?? '').seq >= seq) {
    const lost = seen.pop()
    assert.match(lost?.event ?? '', /\.delta$/, `an event that was shown is gone: ${lost?.id} ${lost?.event}`)
  }
  assert.equal(seq, place(seen.at(-1)?.id ?? '0-0').seq + 1, `a gap before ${event.id} ${event.event}`)
  seen.push(event)
}

/** The text of a message as its deltas give it. */
export const textOfDeltas = (events: SeenEvent[], messageId: string) =>
  events
    .filter(({ event, data }) => event === 'thread.message.delta' && data.id === messageId)
    .map(({ data }) => data.delta.content[0].text.value)
    .join('')

export const isOver = ({ event }: SeenEvent) =>
  /^thread\.run\.(completed|incomplete|failed|cancelled|expired)$/.test(event)

/** Numbers below `n` that the seed decides. */
export function dice(seed: number): (n: number) => number {
  let state = seed >>> 0
  return (n) => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * n)
  }
}
