import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Response } from 'openai/resources/responses/responses'
import {
  claudeFound,
  claudeGoesOn,
  claudePaused,
  claudeSearch,
  geminiSays,
  groundingMetadata,
} from '../searches.ts'
import { startTestServer } from '../server.ts'

/** A response with a search, for which the provider sends these events, one answer after another. */
async function search(type: 'anthropic' | 'google', name: string, ...answers: object[][]): Promise<Response> {
  const provider = createServer((request, response) => {
    if (request.method === 'GET') return void response.end('{"data":[],"models":[]}')
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end((answers.shift() ?? []).map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''))
  })
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const THREADMILL_CONFIG = join(folder, 'config.json')
  const base_url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`
  const lab = { type, base_url, api_key: 'k', models: [name] }
  writeFileSync(THREADMILL_CONFIG, JSON.stringify({ providers: { lab } }))
  try {
    await using s = await startTestServer({ env: { THREADMILL_CONFIG } })
    return await s.client.responses.create({
      model: `lab/${name}`,
      input: 'Is it so?',
      tools: [{ type: 'web_search', search_context_size: 'medium' }],
      include: ['web_search_call.action.sources'],
    })
  } finally {
    provider.closeAllConnections()
    provider.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const a = { type: 'url_citation', url: 'https://a.de/1' }
const b = { type: 'url_citation', url: 'https://b.de/2', title: 'b.de' }

test('a search of Claude is an item, and its citations have their places in the whole text', async () => {
  const { output } = await search('anthropic', 'claude-sonnet-4-5', claudeSearch('end_turn', claudeFound))
  const [found, message] = output
  assert.equal(output.length, 2)
  assert.partialDeepStrictEqual(found, {
    type: 'web_search_call',
    status: 'completed',
    action: { type: 'search', query: 'is it so', sources: [{ type: 'url', url: a.url }] },
  })
  assert.partialDeepStrictEqual(message, {
    content: [{ text: 'Yes: it is 😀.', annotations: [{ ...a, title: 'A', start_index: 5, end_index: 13 }] }],
  })
})

test('a response for which Claude pauses goes on, and is complete', async () => {
  const { status, output, usage } = await search(
    'anthropic',
    'claude-sonnet-4-5',
    claudePaused,
    claudeGoesOn(),
  )
  assert.equal(status, 'completed')
  assert.deepEqual(
    output.map((item) => [item.type, 'status' in item && item.status]),
    [
      ['reasoning', false],
      ['web_search_call', 'completed'],
      ['message', 'completed'],
      ['web_search_call', 'failed'],
      ['web_search_call', 'completed'],
      ['message', 'completed'],
    ],
  )
  assert.partialDeepStrictEqual(output.at(-1), {
    content: [{ text: 'It is 😀.', annotations: [{ ...a, title: 'A', start_index: 0, end_index: 8 }] }],
  })
  assert.deepEqual([usage?.input_tokens, usage?.output_tokens], [18, 14])
})

test('a search of Gemini is an item after the answer, which cites what was found', async () => {
  const events = [
    geminiSays('Schön. '),
    geminiSays('So ist es 😀.', { finishReason: 'STOP', groundingMetadata }),
  ]
  const { output } = await search('google', 'gemini-2.5-flash', events)
  const [message, found] = output
  assert.equal(output.length, 2)
  const place = { start_index: 7, end_index: 18 }
  assert.partialDeepStrictEqual(message, {
    content: [
      {
        text: 'Schön. So ist es 😀.',
        annotations: [
          { ...a, title: 'a.de', ...place },
          { ...b, ...place },
          { ...b, start_index: 0, end_index: 5 },
        ],
      },
    ],
  })
  assert.partialDeepStrictEqual(found, {
    type: 'web_search_call',
    status: 'completed',
    action: { type: 'search', queries: ['is it so', 'so?'] },
  })
})
