import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { EmbeddingFailure } from './embedder.ts'
import { localEmbedder, type LocalModel } from './local-embedder.ts'
import { openWordPiece } from './wordpiece.ts'

const vocabulary = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'em', '##bed', '##ding', 'cafe', ',', '東', '!', 'it']

suite('word pieces', () => {
  const tokenizer = openWordPiece(`${vocabulary.join('\n')}\n`)
  const pieces = (text: string) => tokenizer.encode(text).map((id) => vocabulary[id])

  test('are the longest that fit, in lower case and without accents', () => {
    assert.deepEqual(pieces('Embedding, CAFÉ!'), ['em', '##bed', '##ding', ',', 'cafe', '!'])
    assert.deepEqual(pieces('東it\u200b \u0000'), ['東', 'it'])
  })

  test('are unknown as a whole when the rest of a word is', () => {
    assert.deepEqual(pieces(`embedx ${'e'.repeat(200)} it`), ['[UNK]', '[UNK]', 'it'])
  })

  test('need a whole vocabulary', () => {
    assert.throws(() => openWordPiece('a\nb'), /\[UNK\]/)
  })
})

/** A model that records the tokens of each window. */
function fakeModel(embed: (tokens: readonly number[]) => Float32Array): LocalModel & { asked: number[][] } {
  const asked: number[][] = []
  return {
    asked,
    name: 'fake',
    async embed(tokens) {
      asked.push([...tokens])
      return embed(tokens)
    },
    close: async () => {},
  }
}

suite('the local embedder', () => {
  const signal = new AbortController().signal

  test('reads a text in windows of the same length with their marks, eight at most', async () => {
    const model = fakeModel(() => Float32Array.of(1, 0))
    const embedder = localEmbedder(model)
    await embedder.embed(
      ['The dog sleeps.', '', 'dog '.repeat(300), 'dog '.repeat(9_000)],
      'document',
      signal,
    )
    assert.deepEqual(model.asked[0], [101, 1996, 3899, 25126, 1012, 102])
    assert.deepEqual(model.asked[1], [101, 102])
    assert.deepEqual(
      model.asked.slice(2).map(({ length }) => length),
      [152, 152, ...Array.from({ length: 8 }, () => 256)],
    )
  })

  test('gives the mean of the windows, of length 1', async () => {
    const windows = [Float32Array.of(1, 0), Float32Array.of(0, 1)]
    const [vector] = await localEmbedder(fakeModel(() => windows.shift() ?? new Float32Array(2))).embed(
      ['dog '.repeat(300)],
      'document',
      signal,
    )
    assert.deepEqual(vector, Float32Array.of(Math.SQRT1_2, Math.SQRT1_2))
  })

  test('says of a failure whether it is about the model or about the text', async () => {
    for (const lost of [true, false]) {
      const failing = fakeModel(() => {
        throw Object.assign(new Error('no'), { lost })
      })
      const asked = localEmbedder(failing).embed(['a', 'b'], 'document', signal)
      await assert.rejects(asked, (error) => error instanceof EmbeddingFailure && error.retryable === lost)
    }
  })
})
