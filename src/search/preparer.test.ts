import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChunkText } from './prepare-chunks.ts'
import { startPreparer } from './preparer.ts'

const chunksOf = (count: number, text: string): ChunkText[] =>
  Array.from({ length: count }, () => ({ text, tokens: 1, page_start: null, page_end: null, heading: null }))

const rank = (bytes: number) => ({ signal: new AbortController().signal, rank: { bytes, awaited: false } })

test('the words of a small file are found before those of large ones that came first; who has gone is passed over', async () => {
  const preparer = startPreparer()
  try {
    const done: string[] = []
    const prepare = async (filename: string, count: number, given = rank(count * 1e5)) => {
      await preparer.prepare(filename, chunksOf(count, 'All work and no play.'), given)
      done.push(filename)
    }
    const gone = new AbortController()
    const prepared = ['first.txt', 'second.txt'].map((name) => prepare(name, 500))
    const left = assert.rejects(prepare('gone.txt', 1, { ...rank(1), signal: gone.signal }), /not needed/)
    gone.abort(new Error('not needed'))
    await Promise.all([...prepared, left, prepare('note.txt', 1)])
    assert.deepEqual(done, ['first.txt', 'note.txt', 'second.txt'])
  } finally {
    await preparer.close()
  }
})
