import assert from 'node:assert/strict'
import { test } from 'node:test'
import { APICallError, type LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { claudeGoesOn, claudePaused, claudePausedContent } from '../../../test/searches.ts'
import type { ContinuedCall } from '../continuation.ts'
import { hostedToolsOf } from '../hosted-tools.ts'
import { anthropic } from './anthropic.ts'

interface Asked {
  messages: { role: string; content: object[] }[]
  tools: { max_uses?: number }[]
  max_tokens: number
  tool_choice?: object
}

/** Asks a Claude whose answers have these events, one answer after another, the last one again and again. */
async function ask(answers: object[][], more: Partial<ContinuedCall> = {}) {
  const asked: Asked[] = []
  const provider = anthropic(
    { name: 'lab', type: 'anthropic', apiKey: 'k', models: {} },
    async (_at, init) => {
      assert.ok(typeof init?.body === 'string')
      const events = answers[Math.min(asked.length, answers.length - 1)] ?? []
      asked.push(JSON.parse(init.body) as Asked)
      if (events.length === 0) return new Response('{"error":{"message":"overloaded"}}', { status: 529 })
      const body = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
    },
  )
  const model = await provider.open('claude-sonnet-4-5')
  const call: ContinuedCall = {
    prompt: [{ role: 'user', content: [{ type: 'text', text: 'Is it so?' }] }],
    tools: [hostedToolsOf(provider.hostedTools).hostedTool('web_search', {})],
    ...more,
  }
  const { stream } = await model.doStream(call)
  const parts: LanguageModelV4StreamPart[] = []
  let error: unknown
  try {
    for await (const part of stream) parts.push(part)
  } catch (thrown) {
    error = thrown
  }
  return { parts, asked, error }
}

const finishOf = (parts: LanguageModelV4StreamPart[]) => parts.find((part) => part.type === 'finish')

test('a paused answer of Claude goes on where it was, as one answer', async () => {
  const { parts, asked } = await ask([claudePaused, claudeGoesOn()])
  const [first, second] = asked
  assert.equal(asked.length, 2)
  assert.deepEqual(second?.messages, [
    ...(first?.messages ?? []),
    { role: 'assistant', content: claudePausedContent },
  ])
  assert.deepEqual(
    parts
      .filter(({ type }) => /^(stream-start|.*-(start|call|result)|finish)$/.test(type))
      .map((part) => `${part.type} ${'toolCallId' in part ? part.toolCallId : 'id' in part ? part.id : ''}`),
    [
      'stream-start ',
      'reasoning-start 0',
      'tool-input-start srvtoolu_1',
      'tool-call srvtoolu_1',
      'tool-result srvtoolu_1',
      'text-start 3',
      'tool-input-start srvtoolu_2',
      'tool-call srvtoolu_2',
      'tool-result srvtoolu_2',
      'tool-input-start srvtoolu_3',
      'tool-call srvtoolu_3',
      'tool-result srvtoolu_3',
      'text-start 1.1',
      'finish ',
    ],
  )
  const found = parts.findLast((part) => part.type === 'tool-result')
  assert.deepEqual(found?.result, {
    action: { type: 'search', query: 'is it', queries: ['is it'] },
    sources: [{ type: 'url', url: 'https://a.de/1' }],
  })
  const finish = finishOf(parts)
  assert.equal(finish?.finishReason.unified, 'stop')
  assert.deepEqual([finish?.usage.inputTokens.total, finish?.usage.outputTokens.total], [18, 14])
})

test('who asks is told of each request before another one is sent, and may refuse it', async () => {
  const used: (number | undefined)[] = []
  const { parts, asked } = await ask([claudePaused, claudePaused, claudeGoesOn()], {
    beforeContinuation: async ({ outputTokens }) => void used.push(outputTokens.total),
  })
  assert.deepEqual([used, asked.length], [[7, 7], 3])
  assert.equal(finishOf(parts)?.usage.outputTokens.total, 7)
  const refused = await ask([claudePaused, claudeGoesOn()], {
    beforeContinuation: () => Promise.reject(new Error('no more')),
  })
  assert.deepEqual([refused.error, refused.asked.length], [new Error('no more'), 1])
})

test('what goes on has what is left of the searches and of the tokens, and is not made to search', async () => {
  const { asked } = await ask([claudePaused, claudeGoesOn()], {
    maxOutputTokens: 100,
    toolChoice: { type: 'tool', toolName: 'web_search' },
    providerOptions: { openai: { maxToolCalls: 4 } },
  })
  assert.deepEqual(
    asked.map(({ max_tokens, tools, tool_choice }) => [max_tokens, tools[0]?.max_uses, tool_choice]),
    [
      [100, 4, { type: 'tool', name: 'web_search' }],
      [93, 2, { type: 'auto' }],
    ],
  )
})

test('a paused answer with nothing left of its searches or its tokens is over', async () => {
  for (const more of [{ maxOutputTokens: 7 }, { providerOptions: { openai: { maxToolCalls: 2 } } }]) {
    const { parts, asked } = await ask([claudePaused, claudeGoesOn()], more)
    assert.equal(asked.length, 1)
    assert.deepEqual(finishOf(parts)?.finishReason, { unified: 'length', raw: 'pause_turn' })
  }
})

test('an answer that pauses again and again is over at last', async () => {
  const { parts, asked } = await ask([claudePaused, claudeGoesOn('pause_turn')])
  assert.equal(asked.length, 11)
  assert.deepEqual(finishOf(parts)?.finishReason, { unified: 'length', raw: 'pause_turn' })
  assert.equal(finishOf(parts)?.usage.outputTokens.total, 77)
  assert.equal(new Set(parts.flatMap((part) => (part.type === 'text-start' ? [part.id] : []))).size, 11)
})

test('an answer that cannot go on fails as one that breaks off', async () => {
  const { parts, error } = await ask([claudePaused, []])
  assert.ok(APICallError.isInstance(error) && error.statusCode === 529)
  assert.equal(finishOf(parts), undefined)
})
