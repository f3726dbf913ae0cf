import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { openMadeStores } from '../../bench/retrieval/made-store.ts'
import { calibration } from './calibrate.ts'

suite('a calibrated score', () => {
  test('keeps the order and the ends, whatever the weights', () => {
    for (const [text, embedding] of [
      [1, 0],
      [0, 1],
      [1, 1],
      [0.2, 5],
    ] as const) {
      const calibrate = calibration({ text, embedding })
      assert.equal(calibrate(0), 0)
      assert.equal(calibrate(1), 1)
      for (let at = 1; at <= 1_000; at++) {
        assert.ok(calibrate(at / 1_000) > calibrate((at - 1) / 1_000))
      }
    }
  })

  test('is half at the point that lies between the two kinds, as they are weighed', () => {
    const half = (text: number, embedding: number) => {
      const calibrate = calibration({ text, embedding })
      return Array.from({ length: 1_000 }, (_, at) => at / 1_000).findIndex((raw) => calibrate(raw) >= 0.5)
    }
    assert.deepEqual([half(1, 0), half(0, 1), half(1, 1), half(3, 1)], [130, 360, 245, 188])
  })
})

/** Questions in the words that people would use, each with the passage that answers it. */
const answers: Record<string, string> = {
  'How many days of paid vacation does an employee get?':
    'Holidays. Every employee is entitled to thirty days of paid vacation in a calendar year, of which ten may be moved to the next.',
  'Who do I call when I am ill?':
    'Whoever falls ill calls the office before nine in the morning and hands in a certificate from the third day on.',
  'Which trains are paid for?':
    'Travel by train is paid in second class, and in first class where the journey takes more than four hours.',
  'May I park my bicycle in the yard?':
    'The yard has stands for sixty bicycles. Cars may stop there for deliveries, and nobody may park one overnight.',
  'What does lunch in the canteen cost?':
    'The canteen serves lunch from noon to two. A meal costs six euros, and guests pay nine.',
  'When are salaries transferred?':
    'Salaries are transferred on the last working day of the month, bonuses in the December that follows.',
}

test('half keeps the passages that answer and leaves out most others', async () => {
  await using stores = await openMadeStores()
  await stores.add(
    'vs_a',
    Object.values(answers).map((text, at) => ({ id: `file-${at}`, filename: 'rules.txt', texts: [text] })),
  )
  let others = 0
  for (const [at, query] of Object.keys(answers).entries()) {
    const found = await stores.search({ queries: [query], scoreThreshold: 0.5 })
    assert.equal(found[0]?.file_id, `file-${at}`, query)
    others += found.length - 1
  }
  assert.ok(others <= 3, `${others} others`)
})
