import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fitTurns } from './fit-turns.ts'
import type { Turn } from './to-turns.ts'

/** A turn of this many tokens. */
function turn(speaker: 'user' | 'model' | 'system', tokens: number, own = false): Turn {
  const text = 'x'.repeat(4 * (tokens - 4))
  return {
    own,
    ids: [[]],
    turn: speaker === 'system' ? { speaker, text } : { speaker, content: [{ type: 'text', text }] },
  }
}

/** The places of the turns that are sent. */
function sent(turns: Turn[], budget: number, far: Turn[] = []): number[] {
  const all = [...far, ...turns]
  const fitted = fitTurns(turns, { truncation: 'auto', budget, far, unread: far.length })
  return fitted.turns.map((one) => all.findIndex((other) => other.turn === one))
}

test('what the developer says after the user takes its place like all else', () => {
  const turns = [turn('user', 50), turn('model', 50), turn('user', 20), turn('system', 30)]
  assert.deepEqual(sent(turns, 149), [1, 2, 3])
  assert.deepEqual(sent(turns, 150), [0, 1, 2, 3])
})

test('where only the developer has spoken, the newest that fits is sent', () => {
  const turns = [turn('system', 50), turn('system', 50), turn('system', 50)]
  assert.deepEqual(sent(turns, 120), [1, 2])
  assert.deepEqual(sent(turns, 20), [2])
})

test('what the developer has said long ago stays, for which other turns are left out', () => {
  const turns = [turn('user', 40), turn('model', 40), turn('user', 20), turn('model', 10, true)]
  assert.deepEqual(sent(turns, 129, [turn('system', 20)]), [0, 2, 3, 4])
  assert.deepEqual(sent(turns, 49, [turn('system', 20)]), [3, 4])
})
