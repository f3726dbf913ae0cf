import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  claudeFound,
  claudeGoesOn,
  claudePaused,
  claudePausedAfter,
  claudeSearch,
  geminiSays,
  groundingMetadata,
} from '../searches.ts'
import { startTestServer, type TestServer } from '../server.ts'
import { adminOf, askAdmin } from '../team.ts'

/** A response with a search, for which the provider sends these events, one answer after another. */
const search = async (type: 'anthropic' | 'google', name: string, ...answers: object[][]) =>
  (await searchOn(type, name, answers)).response

/** The same on a server that is prepared, with how often the provider was asked, and what the response has used. */
async function searchOn(
  type: 'anthropic' | 'google',
  name: string,
  answers: object[][],
  prepare?: (s: TestServer) => Promise<unknown>,
) {
  let asked = 0
  const provider = createServer((request, response) => {
    if (request.method === 'GET') return void response.end('{"data":[],"models":[]}')
    asked++
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
    await prepare?.(s)
    const response = await s.client.responses.create({
      model: `lab/${name}`,
      input: 'Is it so?',
      tools: [{ type: 'web_search', search_context_size: 'medium' }],
      include: ['web_search_call.action.sources'],
    })
    const { data } = await adminOf(s).admin.organization.usage.completions({
      start_time: Math.floor(Date.now() / 1_000) - 3_600,
    })
    return { response, asked, counted: data.flatMap(({ results }) => results) }
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

test('a paused answer of Claude does not go on beyond a limit of the minute or a budget', async () => {
  const ask = (prepare: (s: TestServer) => Promise<unknown>) =>
    searchOn('anthropic', 'claude-sonnet-4-5', [claudePausedAfter(5_000), claudeGoesOn()], prepare)
  for (const [prepare, message] of [
    [
      (s: TestServer) => askAdmin(s, 'POST', '/projects/default/limits', { max_tokens_per_1_minute: 2_000 }),
      /^Request too large for .+ on tokens per min \(TPM\): Limit 2000, Requested 5007/,
    ],
    [
      (s: TestServer) =>
        askAdmin(s, 'POST', '/projects/default/budgets', { scope: 'run', threshold_tokens: 5_000 }),
      /this one has used 5,007 tokens/,
    ],
    [
      (s: TestServer) =>
        askAdmin(s, 'POST', '/projects/default/budgets', { scope: 'project', threshold_tokens: 5_000 }),
      /may use 5,000 tokens a month, and has used 5,007 tokens/,
    ],
  ] as const) {
    const { response, asked, counted } = await ask(prepare)
    assert.equal(response.status, 'failed')
    assert.equal(response.error?.code, 'rate_limit_exceeded')
    assert.match(response.error?.message ?? '', message)
    assert.equal(asked, 1)
    assert.partialDeepStrictEqual(counted, [{ input_tokens: 5_000, output_tokens: 7, num_model_requests: 1 }])
  }
  const { response, asked, counted } = await ask(async () => {})
  assert.deepEqual([response.status, asked], ['completed', 2])
  assert.equal(response.usage?.total_tokens, 5_007 + 16)
  assert.partialDeepStrictEqual(counted, [{ input_tokens: 5_009, output_tokens: 14, num_model_requests: 2 }])
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
