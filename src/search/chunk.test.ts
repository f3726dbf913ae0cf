import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { chunkParts, type Chunk } from './chunk.ts'
import { loadTokenizer, tokenStarts, type Tokenizer } from './extract/token-starts.ts'

let tokenizer: Tokenizer
before(async () => {
  tokenizer = await loadTokenizer()
})

const size = { maxTokens: 100, overlapTokens: 40 }
const sentences = (count: number, from = 0) =>
  Array.from(
    { length: count },
    (_, at) => `Sentence number ${from + at} says something about the house and its garden.`,
  )
const count = (text: string) => tokenizer.encode(text).length

/** The text that the end of one chunk and the beginning of the next have in common. */
function shared(one: Chunk, next: Chunk): string {
  for (let length = Math.min(one.text.length, next.text.length); length > 0; length--) {
    if (one.text.endsWith(next.text.slice(0, length))) return next.text.slice(0, length)
  }
  return ''
}

test('a short text is one chunk, as it is', () => {
  const text = 'Hello there.\n'
  assert.deepEqual(chunkParts([{ text }], size, tokenizer), [
    { text, tokens: 3, text_start: 0, page_start: null, page_end: null, heading: null },
  ])
  assert.deepEqual(chunkParts([], size, tokenizer), [])
  assert.deepEqual(chunkParts([{ text: ' \n ' }], size, tokenizer), [])
})

test('chunks hold at most so many tokens, end with sentences and overlap by what is asked', () => {
  const text = sentences(60).join(' ')
  const chunks = chunkParts([{ text }], size, tokenizer)
  assert.ok(chunks.length > 8)
  for (const [at, chunk] of chunks.entries()) {
    assert.ok(chunk.tokens <= 100 && Math.abs(count(chunk.text) - chunk.tokens) <= 1)
    assert.ok(chunk.text.endsWith('.'), chunk.text.slice(-20))
    const next = chunks[at + 1]
    if (!next) continue
    assert.ok(chunk.tokens >= 85)
    assert.ok(Math.abs(count(` ${shared(chunk, next)}`) - 40) <= 1)
  }
})

test('without overlap the chunks are the text', () => {
  const text = sentences(60).join('\n')
  const chunks = chunkParts([{ text }], { maxTokens: 100, overlapTokens: 0 }, tokenizer)
  assert.equal(chunks.map((chunk) => chunk.text).join('\n'), text)
  assert.equal(
    chunks.reduce((sum, chunk) => sum + chunk.tokens, 0),
    count(text),
  )
})

test('rows stay whole, and paragraphs go before sentences', () => {
  const rows = Array.from({ length: 100 }, (_, at) => `${at},some value,another value,${at * 7}`).join('\n')
  for (const chunk of chunkParts([{ text: rows }], { maxTokens: 100, overlapTokens: 0 }, tokenizer)) {
    for (const row of chunk.text.split('\n')) assert.match(row, /^\d+,some value,another value,\d+$/)
  }
  const [first] = chunkParts(
    [{ text: `${sentences(7).join(' ')}\n\n${sentences(20).join(' ')}` }],
    { maxTokens: 100, overlapTokens: 0 },
    tokenizer,
  )
  assert.equal(first?.text, sentences(7).join(' '))
})

test('a chunk knows its pages and the heading above most of it', () => {
  const parts = [1, 2, 3].map((page) => ({
    text: sentences(page === 2 ? 3 : 7, page * 100).join(' '),
    page,
    heading: `Chapter ${page}`,
  }))
  const chunks = chunkParts(parts, { maxTokens: 100, overlapTokens: 0 }, tokenizer)
  assert.deepEqual(
    chunks.map((chunk) => [chunk.page_start, chunk.page_end, chunk.heading]),
    [
      [1, 1, 'Chapter 1'],
      [2, 3, 'Chapter 3'],
      [3, 3, 'Chapter 3'],
    ],
  )
})

test('a chunk knows where in it each page begins, also one of which it has a few words', () => {
  const header =
    'A long running header that all of these pages have, longer than eighty characters are, and the same.'
  const parts = Array.from({ length: 12 }, (_, at) => ({
    text: `${header}\n${sentences((at % 3) + 1, at * 10).join(' ')} Fact ${at + 1}.\n`,
    page: at + 1,
  }))
  let crossed = 0
  for (const overlapTokens of [0, 40]) {
    for (const { text, page_start, page_end, page_breaks = [] } of chunkParts(
      parts,
      { maxTokens: 93, overlapTokens },
      tokenizer,
    )) {
      assert.deepEqual(
        page_breaks.map(({ page }) => page),
        Array.from({ length: (page_end ?? 0) - (page_start ?? 0) }, (_, at) => (page_start ?? 0) + 1 + at),
      )
      for (const { page, at } of page_breaks) {
        const own = parts[page - 1]?.text ?? ''
        assert.ok(own.startsWith(text.slice(at, at + own.length)))
        crossed += 1
      }
      for (const [fact, number] of text.matchAll(/Fact (\d+)\./g)) {
        const place = text.indexOf(fact)
        assert.equal(page_breaks.findLast(({ at }) => at <= place)?.page ?? page_start, Number(number))
      }
    }
  }
  assert.ok(crossed > 10)
})

test('a cut never falls inside a character', () => {
  const text = '👩‍👩‍👧‍👦🇨🇭𝒳𝓎漢字かな한국어ไทย'.repeat(60)
  const chunks = chunkParts([{ text }], { maxTokens: 20, overlapTokens: 0 }, tokenizer)
  assert.equal(chunks.map((chunk) => chunk.text).join(''), text)
  assert.ok(chunks.every((chunk) => chunk.text.isWellFormed()))
})

test('places of tokens are those of the encoder', () => {
  const text = 'Plain words, 12345 and naïve Ünïcödé – “quotes”… 漢字 <|endoftext|>\n\n\tend'
  const starts = tokenStarts(text, tokenizer)
  assert.equal(starts.length, count(text))
  const pieces = [...starts].map((from, at) => text.slice(from, starts[at + 1] ?? text.length))
  assert.equal(pieces.join(''), text)
  assert.equal(pieces[1], ' words')
})

test('a byte order mark and other rare signs have the tokens of the original', () => {
  assert.deepEqual([...tokenizer.encode('\ufeff')], [5574])
  assert.equal(tokenizer.bytes(5574), 3)
  assert.equal(count('Solve 3x + 11 = 14'), 10)
})

test('special tokens, runs without spaces and lonely surrogates are text', () => {
  const started = performance.now()
  for (const sign of ['a', ' ', '=', '字', '\n', 'aB1']) {
    const text = `start ${sign.repeat(80_000 / sign.length)} <|endoftext|> \ud800 end`
    const chunks = chunkParts([{ text }], { maxTokens: 800, overlapTokens: 400 }, tokenizer)
    assert.ok(chunks.at(-1)?.text.endsWith('<|endoftext|> \ufffd end'))
  }
  assert.ok(performance.now() - started < 5000, 'not with the square of the length')
})

test('more tokens than allowed end it', () => {
  assert.throws(
    () => chunkParts([{ text: 'word '.repeat(5000) }], size, tokenizer, 4000),
    /too large\. It has more than 4000 tokens/,
  )
})
