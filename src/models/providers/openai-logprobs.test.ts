import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { logprobsOf } from '../logprobs.ts'
import { openRegistry } from '../registry.ts'
import { givesLogprobs } from './openai-logprobs.ts'

const hi = { token: 'Hi', logprob: -0.1 }
const ho = { token: 'Ho', logprob: -3 }
const half = { token: '\\xf0\\x9f', logprob: -1, bytes: [240, 159], top_logprobs: [] }
const rest = { token: '\\x98\\x80', logprob: -1, bytes: [152, 128], top_logprobs: [] }
/** What comes of them: of the first, whose bytes are left out, those of its text. */
const read = { ...hi, bytes: [72, 105], top_logprobs: [{ ...ho, bytes: [72, 111] }] }
const sent = { ...hi, top_logprobs: [ho] }

const choice = (delta: object, content: object[] | undefined, finish_reason: string | null = null) => ({
  id: 'c',
  choices: [{ index: 0, delta, logprobs: content ? { content, refusal: null } : null, finish_reason }],
})
const chat = [
  choice({ role: 'assistant', content: 'Hi' }, [sent]),
  choice({ content: '' }, [half]),
  choice({ content: '😀' }, [rest]),
  choice({}, undefined, 'stop'),
]

const place = { item_id: 'msg_1', output_index: 0, content_index: 0 }
const message = { id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content: [] }
const responses = [
  { type: 'response.created', response: { id: 'r', created_at: 1, model: 'gpt-4.1' } },
  { type: 'response.output_item.added', output_index: 0, item: message },
  { type: 'response.output_text.delta', ...place, delta: 'Hi', logprobs: [sent] },
  { type: 'response.output_text.delta', ...place, delta: '😀', logprobs: [half, rest] },
  { type: 'response.output_item.done', output_index: 0, item: message },
  { type: 'response.completed', response: { usage: { input_tokens: 1, output_tokens: 3 } } },
]

/** What OpenAI is asked, and the parts that are made of these events. */
async function ask(events: object[], logprobs: number, api?: 'responses') {
  let asked: Record<string, unknown> = {}
  const settings = { name: 'p', type: 'openai' as const, apiKey: 'k', models: {}, ...(api && { api }) }
  const registry = openRegistry(
    { providers: [settings] },
    {
      async fetch(_address, init) {
        if (typeof init?.body !== 'string') return Response.json({ data: [] })
        asked = JSON.parse(init.body) as typeof asked
        const lines = events.map((event) => `data: ${JSON.stringify(event)}\n\n`)
        return new Response(lines.join(''), { headers: { 'content-type': 'text/event-stream' } })
      },
    },
  )
  const served = await registry.resolve('p/gpt-4.1')
  await registry.close()
  assert.equal(served?.logprobs, true)
  const { stream } = await served.model.doStream({
    prompt: [{ role: 'user', content: [{ type: 'text', text: 'Say hi' }] }],
    providerOptions: { openai: { logprobs } },
  })
  const parts: LanguageModelV4StreamPart[] = []
  for await (const part of stream) parts.push(part)
  const said = parts.flatMap((part) =>
    part.type === 'text-delta' ? [[part.delta, logprobsOf(part)] as const] : [],
  )
  return { asked, said }
}

test('a chat completion is asked for probabilities, and each piece of its text has those of its tokens', async () => {
  const { asked, said } = await ask(chat, 2)
  assert.deepEqual([asked['logprobs'], asked['top_logprobs']], [true, 2])
  assert.deepEqual(said, [
    ['Hi', [read]],
    ['', [half]],
    ['😀', [rest]],
  ])
})

test('a response is asked for probabilities, and each piece of its text has those of its tokens', async () => {
  const { asked, said } = await ask(responses, 2, 'responses')
  assert.deepEqual([asked['include'], asked['top_logprobs']], [['message.output_text.logprobs'], 2])
  assert.deepEqual(said, [
    ['Hi', [read]],
    ['😀', [half, rest]],
  ])
  const alone = await ask(responses, 0, 'responses')
  assert.deepEqual(
    [alone.asked['include'], alone.asked['top_logprobs']],
    [['message.output_text.logprobs'], undefined],
  )
})

test('models that reason or search have none', () => {
  for (const name of ['gpt-4.1', 'gpt-4o-mini', 'gpt-3.5-turbo', 'ft:gpt-4o:me', 'gpt-5-chat-latest'])
    assert.ok(givesLogprobs(name), name)
  for (const name of ['o3', 'gpt-5', 'gpt-5.1-mini', 'gpt-4o-search-preview', 'my-model'])
    assert.ok(!givesLogprobs(name), name)
})
