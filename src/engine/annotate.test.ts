import assert from 'node:assert/strict'
import { test } from 'node:test'
import { annotator, type FilePath } from './annotate.ts'

const files: Record<string, string> = { '/mnt/data/a.csv': 'file-a', '/mnt/data/b.png': 'file-b' }

function read(text: string, size: number) {
  const scan = annotator((path) => files[path])
  const pieces = []
  for (let at = 0; at < text.length; at += size) pieces.push(scan.push(text.slice(at, at + size)))
  pieces.push(scan.end())
  return pieces
}

for (const size of [1, 4, 1000]) {
  test(`paths of known files are annotated, whole and with right indexes, in pieces of ${size}`, () => {
    const text =
      '🙂 Get [it](sandbox:/mnt/data/a.csv) and sandbox:/mnt/data/b.png. Not sandbox:/mnt/data/none.txt'
    const pieces = read(text, size)
    assert.equal(pieces.map((piece) => piece.value).join(''), text)
    for (const piece of pieces)
      for (const note of piece.annotations) assert.ok(piece.value.includes(note.text))
    const notes = pieces.flatMap((piece): FilePath[] => piece.annotations)
    assert.deepEqual(
      notes.map((note) => note.file_path.file_id),
      ['file-a', 'file-b'],
    )
    for (const note of notes) {
      assert.equal([...text].slice(note.start_index, note.end_index).join(''), note.text)
    }
  })
}

test('text without a marker is never held back', () => {
  const scan = annotator(() => undefined)
  assert.equal(scan.push('Hello there').value, 'Hello there')
  assert.equal(scan.push(' a sandbox is nice').value, ' a sandbox is nice')
  assert.equal(scan.push(' and s').value, ' and ')
  assert.equal(scan.end().value, 's')
})
