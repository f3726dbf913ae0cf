import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRefusal } from '../refusal-mark.ts'
import { openai } from './openai.ts'

const event = (delta: object, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({ id: 'x', created: 1, model: 'gpt-4.1', choices: [{ index: 0, delta, finish_reason }] })}\n\n`

test("OpenAI's refusals are told from its texts, and end as it ended", async () => {
  const body =
    event({ role: 'assistant', content: '', refusal: null }) +
    event({ refusal: 'I cannot ' }) +
    event({ refusal: 'do that.' }) +
    event({}, 'stop') +
    'data: [DONE]\n\n'
  const fetch = async () => new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  const model = await openai({ name: 'openai', type: 'openai', apiKey: 'k', models: {} }, fetch).open(
    'gpt-4.1',
  )
  const { stream } = await model.doStream({
    prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
  })
  const refusals = new Set<string>()
  let refused = ''
  for await (const part of stream) {
    if (part.type === 'text-start' && isRefusal(part)) refusals.add(part.id)
    if (part.type === 'text-delta' && refusals.has(part.id)) refused += part.delta
    if (part.type === 'finish') assert.deepEqual(part.finishReason, { unified: 'stop', raw: 'stop' })
  }
  assert.equal(refused, 'I cannot do that.')
})
