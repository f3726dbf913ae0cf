import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { EmbeddingFailure } from './embedder.ts'
import { hasLocalModel, localEmbedder, localModelFolder } from './local-embedder.ts'
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

test('a local model that cannot be read is a failure, and no crash', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'threadmill-model-'))
  const folder = localModelFolder(dataDir)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'vocab.txt'), vocabulary.join('\n'))
  assert.equal(hasLocalModel(dataDir), false)
  writeFileSync(join(folder, 'model.onnx'), 'no model')
  assert.equal(hasLocalModel(dataDir), true)
  const embedder = localEmbedder(folder)
  const failure = await embedder
    .embed(['it'], 'query', new AbortController().signal)
    .catch((error: unknown) => error)
  assert.ok(failure instanceof EmbeddingFailure)
  await embedder.close?.()
  rmSync(dataDir, { recursive: true })
})
