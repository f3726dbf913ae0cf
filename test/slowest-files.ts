import { relative } from 'node:path'
import type { TestEvent } from 'node:test/reporters'

const shown = 20

/** A reporter of `node --test`: which files took longest, where to look when the tests have become slow. */
export default async function* slowestFiles(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const seconds = new Map<string, number>()
  for await (const { type, data } of events) {
    if (type !== 'test:summary' || data.file === undefined) continue
    seconds.set(relative(process.cwd(), data.file), data.duration_ms / 1_000)
  }
  const sorted = [...seconds].toSorted(([, one], [, other]) => other - one)
  const lines = sorted.slice(0, shown).map(([file, took]) => `${took.toFixed(1).padStart(7)} s  ${file}\n`)
  const sum = sorted.reduce((total, [, took]) => total + took, 0)
  yield `\nThe slowest of ${sorted.length} files, which take ${sum.toFixed(0)} s one after the other:\n${lines.join('')}`
}
