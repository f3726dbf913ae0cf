import assert from 'node:assert/strict'
import { test } from 'node:test'
import { annotator } from './annotate.ts'
import { filePaths } from '../tools/code-interpreter/file-paths.ts'

const files: Record<string, string> = { '/mnt/data/a.csv': 'file-a', '/mnt/data/b.png': 'file-b' }

const sourcesOf = (known: Record<string, string>) => filePaths(new Map(Object.entries(known)))

function read(text: string, size: number) {
  const scan = annotator(sourcesOf(files))
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
    const notes = pieces.flatMap((piece) => piece.annotations)
    assert.deepEqual(
      notes.map((note) => note.type === 'file_path' && note.file_path.file_id),
      ['file-a', 'file-b'],
    )
    for (const note of notes) {
      assert.equal([...text].slice(note.start_index, note.end_index).join(''), note.text)
    }
  })
}

for (const size of [1, 5, 1000]) {
  test(`names with spaces are found in links, escaped or not, in pieces of ${size}`, () => {
    const text =
      '[a](sandbox:/mnt/data/Über sicht.csv) [b](sandbox:/mnt/data/%C3%9Cber%20sicht.csv) sandbox:/mnt/data/a.csv and (so) on'
    const scan = annotator(sourcesOf({ ...files, '/mnt/data/Über sicht.csv': 'file-u' }))
    const pieces = []
    for (let at = 0; at < text.length; at += size) pieces.push(scan.push(text.slice(at, at + size)))
    pieces.push(scan.end())
    assert.equal(pieces.map((piece) => piece.value).join(''), text)
    const notes = pieces.flatMap((piece) => piece.annotations)
    assert.deepEqual(
      notes.map((note) => note.type === 'file_path' && note.file_path.file_id),
      ['file-u', 'file-u', 'file-a'],
    )
    for (const note of notes) assert.equal(text.slice(note.start_index, note.end_index), note.text)
  })
}

/** Names that contain the end of a link, or characters that must be escaped in links. */
const odd = [
  'x (2).csv',
  'a b (1).png',
  'R&D + more.csv',
  'C#.md',
  '100% done.txt',
  '50%25.txt',
  'smile :).txt',
  'été 1.txt',
  'a_b.csv',
  '報告 (最終).xlsx',
  "it's.txt",
]

for (const size of [1, 7, 1000]) {
  test(`names of every kind are found, as they are or escaped, in links or not, in pieces of ${size}`, () => {
    const known = Object.fromEntries(odd.map((name, at) => [`/mnt/data/${name}`, `file-${at}`]))
    const link = (name: string) => `sandbox:/mnt/data/${name}`
    for (const [at, name] of odd.entries()) {
      const encoded = encodeURIComponent(name)
      const brackets = encoded.replaceAll('(', '%28').replaceAll(')', '%29')
      const forms = [name, encodeURI(name), encoded, brackets, name.replaceAll(/[_()]/g, '\\$&')].map(link)
      for (const form of new Set(forms)) {
        for (const around of [
          `🙂 [it](${form}) and more`,
          `[it](<${form}>).`,
          `[it](${form} "title")`,
          `See ${form}, please.`,
          `At ${form}.`,
          `\`${form}\``,
          `<${form}>`,
          `${form}在这里。`,
          form,
        ]) {
          const scan = annotator(sourcesOf(known))
          const pieces = []
          for (let from = 0; from < around.length; from += size)
            pieces.push(scan.push(around.slice(from, from + size)))
          pieces.push(scan.end())
          const value = pieces.map((piece) => piece.value).join('')
          assert.equal(value, around)
          const notes = pieces.flatMap((piece) => piece.annotations)
          assert.deepEqual(
            notes.map((note) => [note.type === 'file_path' && note.file_path.file_id, note.text]),
            [[`file-${at}`, form]],
            around,
          )
          for (const note of notes)
            assert.equal([...value].slice(note.start_index, note.end_index).join(''), note.text)
          for (const piece of pieces)
            for (const note of piece.annotations) assert.ok(piece.value.includes(note.text))
        }
      }
    }
  })
}

const sizes = [1, 2, 3, 7, 10_000]

/**
 * The texts that get an annotation in `text` when `name` is the only file. They must be the same for pieces of every
 * size.
 */
function annotated(text: string, name: string): string[] {
  const all = sizes.map((size) => {
    const scan = annotator(sourcesOf({ [`/mnt/data/${name}`]: 'file-1' }))
    const pieces = []
    for (let at = 0; at < text.length; at += size) pieces.push(scan.push(text.slice(at, at + size)))
    pieces.push(scan.end())
    assert.equal(pieces.map((piece) => piece.value).join(''), text)
    return pieces.flatMap((piece) => piece.annotations.map((note) => note.text))
  })
  for (const one of all) assert.deepEqual(one, all[0], text)
  return all[0] ?? []
}

test('names are found in the form of their characters that the system wrote and in that which the model writes', () => {
  for (const name of ['한글 보고서.csv', 'über é.csv', 'Kế hoạch ậ.csv', 'が.txt', 'Ω å.png']) {
    for (const kept of ['NFC', 'NFD']) {
      for (const written of [name.normalize('NFC'), name.normalize('NFD')]) {
        for (const form of [written, encodeURI(written)]) {
          const link = `sandbox:/mnt/data/${form}`
          assert.deepEqual(annotated(`[it](${link}) and ${link}, so`, name.normalize(kept)), [link, link])
        }
      }
    }
  }
  assert.deepEqual(annotated('sandbox:/mnt/data/cafe\u0301', 'cafe'), [], 'another name, of one letter more')
})

test('links are found with what models add to a path', () => {
  const name = 'R&D (1).pdf'
  for (const path of [
    'sandbox:/mnt/data/R&D (1).pdf',
    'sandbox:/mnt/data/R&amp;D%20(1).pdf',
    'sandbox:/mnt/data/R&#38;D (1).pdf',
    'sandbox:///mnt/data/R%26D (1).pdf',
    'sandbox://mnt/data/R&D (1).pdf',
    'sandbox:/mnt/data//R&D (1).pdf',
    'sandbox:/mnt/data/./R&D (1).pdf',
  ]) {
    for (const end of ['', '#page=2', '?download=1', '?a=1&amp;b=2#x', ' ', '#page=2 "title"', '  ']) {
      assert.deepEqual(annotated(`[it](${path}${end}) and more`, name), [path], path + end)
      assert.deepEqual(annotated(`[it](<${path}${end.trim()}>) and more`, name), [path], path + end)
    }
    assert.deepEqual(annotated(`See ${path}#page=2.`, name), [path])
    assert.deepEqual(annotated(`See ${path}?`, name), [path])
  }
})

test('long names are found, escaped as they may be', () => {
  for (const name of [
    `${'报告'.repeat(60)}.xlsx`,
    `${'보고서'.normalize('NFD').repeat(20)}.csv`,
    `${'a'.repeat(250)}.txt`,
  ]) {
    for (const form of [name, encodeURIComponent(name), encodeURIComponent(name).toLowerCase()]) {
      const link = `sandbox:/mnt/data/${form}`
      assert.deepEqual(annotated(`[it](${link}) or ${link}.`, name), [link, link])
    }
  }
})

test('the longest name is meant, and a part of one is none', () => {
  const known = {
    '/mnt/data/a.csv': 'file-a',
    '/mnt/data/a.csv (2).csv': 'file-2',
    '/mnt/data/sub/a.csv': 'file-s',
  }
  const notes = (text: string) => {
    const scan = annotator(sourcesOf(known))
    return [...scan.push(text).annotations, ...scan.end().annotations].map((note) =>
      note.text.slice('sandbox:/mnt/data/'.length),
    )
  }
  assert.deepEqual(notes('[x](sandbox:/mnt/data/a.csv (2).csv)'), ['a.csv (2).csv'])
  assert.deepEqual(notes('sandbox:/mnt/data/a.csv (2).csv'), ['a.csv (2).csv'])
  assert.deepEqual(notes('sandbox:/mnt/data/a.csv (3).csv'), ['a.csv'])
  assert.deepEqual(notes('[x](sandbox:/mnt/data/a.csv (3).csv)'), [])
  for (const other of ['a.csv.gz', 'a.csv2', 'a.csv/b', 'sub', 'a.cs', 'b a.csv'])
    assert.deepEqual(notes(`sandbox:/mnt/data/${other}`), [], other)
  assert.deepEqual(notes('sandbox:/mnt/data/a.csv sandbox:/mnt/data/sub/a.csv'), ['a.csv', 'sub/a.csv'])
})

test('a second path is annotated although a piece ends inside it', () => {
  const scan = annotator(sourcesOf(files))
  const pieces = [
    scan.push('[a](sandbox:/mnt/data/a.csv) 🙂 and [b](sandbox:/mn'),
    scan.push('t/data/b.png) end'),
    scan.end(),
  ]
  const notes = pieces.flatMap((piece) => piece.annotations)
  assert.deepEqual(
    notes.map((note) => note.type === 'file_path' && note.file_path.file_id),
    ['file-a', 'file-b'],
  )
})

test('text without a marker is never held back', () => {
  const scan = annotator(sourcesOf({}))
  assert.equal(scan.push('Hello there').value, 'Hello there')
  assert.equal(scan.push(' a sandbox is nice').value, ' a sandbox is nice')
  assert.equal(scan.push(' and s').value, ' and ')
  assert.equal(scan.end().value, 's')
})

for (const size of [1, 3, 1000]) {
  test(`citations come whole, named after their file, and false ones are taken out, in pieces of ${size}`, () => {
    const scan = annotator({
      ...sourcesOf({}),
      citation: ({ search, result }) =>
        search === 4 && result === 0 ? { file_id: 'file-x', filename: '食べ物.txt', quote: 'q' } : undefined,
    })
    const text = '🙂 Ramen【4:0†source】, not sushi【4:9†none.txt】 or【0:0†x】. 【注意】 stays【4:0†a】'
    const pieces = []
    for (let at = 0; at < text.length; at += size) pieces.push(scan.push(text.slice(at, at + size)))
    pieces.push(scan.end())
    const value = pieces.map((piece) => piece.value).join('')
    assert.equal(value, '🙂 Ramen【4:0†食べ物.txt】, not sushi or. 【注意】 stays【4:0†食べ物.txt】')
    const notes = pieces.flatMap((piece) => piece.annotations)
    assert.equal(notes.length, 2)
    for (const note of notes) {
      assert.equal([...value].slice(note.start_index, note.end_index).join(''), note.text)
      assert.deepEqual(note.type === 'file_citation' && note.file_citation, { file_id: 'file-x', quote: 'q' })
    }
    for (const piece of pieces)
      for (const note of piece.annotations) assert.ok(piece.value.includes(note.text))
  })
}
