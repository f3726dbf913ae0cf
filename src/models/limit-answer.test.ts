import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { limitAnswer } from './limit-answer.ts'

const result = (text: string): LanguageModelV4StreamPart => ({
  type: 'tool-result',
  toolCallId: 'c',
  toolName: 'image_generation',
  result: { result: text },
  preliminary: true,
})

test('pictures of a provider may be larger than the text of an answer, and are not without a bound', () => {
  const given: string[] = []
  const take = limitAnswer(4_096, (part) => void given.push(part.type))
  const picture = 'x'.repeat(40 * 2 ** 20)
  for (let count = 0; count < 5; count++) take(result(picture))
  assert.deepEqual(given, ['tool-result', 'tool-result', 'tool-result', 'finish'])
})

test('many results are counted as calls are', () => {
  const given: string[] = []
  const take = limitAnswer(4_096, (part) => void given.push(part.type))
  for (let count = 0; count < 1_000; count++) take(result('x'.repeat(2_000)))
  assert.equal(given.filter((type) => type === 'tool-result').length, 4)
  assert.equal(given.at(-1), 'finish')
})

test('what is cited counts', () => {
  const given: string[] = []
  const take = limitAnswer(4_096, (part) => void given.push(part.type))
  const url = `https://example.com/${'x'.repeat(1_000)}`
  for (let count = 0; count < 100; count++) take({ type: 'source', sourceType: 'url', id: 's', url })
  assert.deepEqual(given, ['source', 'source', 'source', 'finish'])
  given.length = 0
  const end = limitAnswer(4_096, (part) => void given.push(part.type))
  end({ type: 'text-end', id: 't', providerMetadata: { openai: { annotations: Array(100).fill({ url }) } } })
  assert.deepEqual(given, ['finish'])
})
