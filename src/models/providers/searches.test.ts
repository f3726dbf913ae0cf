import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import {
  claudeFound as found,
  claudeSearch as claudes,
  geminiSays as says,
  groundingMetadata,
} from '../../../test/searches.ts'
import { hostedToolsOf } from '../hosted-tools.ts'
import { modelError } from '../model-error.ts'
import { anthropic } from './anthropic.ts'
import { google } from './google.ts'
import type { Provider } from './provider.ts'

const families = { anthropic, google }

/** The parts of an answer for which the provider sends these events, and the body of the request. */
async function ask(
  type: keyof typeof families,
  events: object[],
  { modelId, ...more }: Partial<LanguageModelV4CallOptions> & { modelId: string },
) {
  let body: Record<string, unknown> = {}
  const provider = opened(type, (sent) => {
    body = JSON.parse(sent) as typeof body
    return events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
  })
  const model = await provider.open(modelId)
  const { hostedTool } = hostedToolsOf(provider.hostedTools)
  const { stream } = await model.doStream({
    prompt: [{ role: 'user', content: [{ type: 'text', text: 'Is it so?' }] }],
    tools: [hostedTool('web_search', {})],
    ...more,
  })
  const parts: LanguageModelV4StreamPart[] = []
  for await (const part of stream) parts.push(part)
  return { parts, body }
}

const opened = (type: keyof typeof families, answer: (body: string) => string): Provider =>
  families[type]({ name: type, type, apiKey: 'k', models: {} }, async (_address, init) => {
    assert.ok(typeof init?.body === 'string')
    return new Response(answer(init.body), { headers: { 'content-type': 'text/event-stream' } })
  })

const ofType = <Type extends LanguageModelV4StreamPart['type']>(
  parts: LanguageModelV4StreamPart[],
  type: Type,
) => parts.filter((part): part is Extract<LanguageModelV4StreamPart, { type: Type }> => part.type === type)

const annotationsIn = (parts: LanguageModelV4StreamPart[]) =>
  ofType(parts, 'text-end').map(({ providerMetadata }) => providerMetadata?.['threadmill']?.['annotations'])

test('a search of Claude is shown as one of OpenAI, with the places of what it cites', async () => {
  const { parts, body } = await ask('anthropic', claudes('end_turn', found), {
    modelId: 'claude-sonnet-4-5',
    toolChoice: { type: 'tool', toolName: 'web_search' },
    providerOptions: { openai: { maxToolCalls: 2 } },
  })
  assert.deepEqual(body['tools'], [{ type: 'web_search_20250305', name: 'web_search', max_uses: 2 }])
  assert.deepEqual(body['tool_choice'], { type: 'tool', name: 'web_search' })
  const [call] = ofType(parts, 'tool-call')
  assert.deepEqual([call?.toolName, call?.providerExecuted], ['web_search', true])
  assert.deepEqual(ofType(parts, 'tool-result')[0]?.result, {
    action: { type: 'search', query: 'is it so', queries: ['is it so'] },
    sources: [{ type: 'url', url: 'https://a.de/1' }],
  })
  assert.deepEqual(annotationsIn(parts), [
    undefined,
    [{ type: 'url_citation', url: 'https://a.de/1', title: 'A', start_index: 0, end_index: 8 }],
  ])
})

test('a search of Claude may fail', async () => {
  const failed = { type: 'web_search_tool_result_error', error_code: 'unavailable' }
  const { parts } = await ask('anthropic', claudes('end_turn', failed), { modelId: 'claude-sonnet-4-5' })
  assert.equal(ofType(parts, 'tool-result')[0]?.isError, true)
})

test('a search of Gemini is shown when it is told of, at the end of the answer', async () => {
  const events = [says('Schön. '), says('So ist es 😀.', { finishReason: 'STOP', groundingMetadata })]
  const { parts, body } = await ask('google', events, { modelId: 'gemini-2.5-flash' })
  assert.deepEqual(body['tools'], [{ googleSearch: {} }])
  assert.deepEqual(
    parts
      .map(({ type }) => type)
      .filter((type) => !['stream-start', 'source', 'response-metadata'].includes(type)),
    ['text-start', 'text-delta', 'text-delta', 'text-end', 'tool-call', 'tool-result', 'finish'],
  )
  const place = { start_index: 7, end_index: 18 }
  const b = { type: 'url_citation', url: 'https://b.de/2', title: 'b.de' }
  assert.deepEqual(annotationsIn(parts), [
    [
      { type: 'url_citation', url: 'https://a.de/1', title: 'a.de', ...place },
      { ...b, ...place },
      { ...b, start_index: 0, end_index: 5 },
    ],
  ])
  assert.deepEqual(ofType(parts, 'tool-result')[0]?.result, {
    action: { type: 'search', queries: ['is it so', 'so?'], query: 'is it so' },
    sources: [
      { type: 'url', url: 'https://a.de/1' },
      { type: 'url', url: 'https://b.de/2' },
    ],
  })
})

test('a search that a newer Gemini shows while it answers is shown once', async () => {
  const toolType = 'GOOGLE_SEARCH_WEB'
  const searched = [
    { toolCall: { toolType, args: { queries: ['is it so'] }, id: 't1' } },
    { toolResponse: { toolType, response: { search_suggestions: '<b>' }, id: 't1' } },
  ]
  const { parts } = await ask(
    'google',
    [
      { candidates: [{ content: { parts: searched } }] },
      says('Yes.', { finishReason: 'STOP', groundingMetadata }),
    ],
    { modelId: 'gemini-3-pro-preview' },
  )
  assert.deepEqual(
    ofType(parts, 'tool-call').map(({ toolName, toolCallId }) => [toolName, toolCallId]),
    [['web_search', 't1']],
  )
  assert.deepEqual(
    ofType(parts, 'tool-result').map(({ result }) => result),
    [{ action: { type: 'search', queries: ['is it so'], query: 'is it so' } }],
  )
})

test('an answer of Gemini for which nothing was searched has no search', async () => {
  const { parts } = await ask('google', [says('Yes.', { finishReason: 'STOP' })], {
    modelId: 'gemini-2.5-flash',
  })
  assert.equal(ofType(parts, 'tool-call').length, 0)
  assert.equal(ofType(parts, 'text-end').length, 1)
})

test('what Google would leave out of a request is refused', async () => {
  const functions = [{ type: 'function' as const, name: 'f', inputSchema: { type: 'object' as const } }]
  const search = {
    type: 'provider' as const,
    id: 'google.google_search' as const,
    name: 'web_search',
    args: {},
  }
  const refused: [Parameters<typeof ask>[2], RegExp][] = [
    [{ modelId: 'gemini-2.5-flash', tools: [search, ...functions] }, /cannot take functions beside a search/],
    [{ modelId: 'gemini-1.5-pro' }, /cannot take a search in the web/],
    [
      { modelId: 'gemini-2.5-flash', toolChoice: { type: 'tool', toolName: 'web_search' } },
      /being made to search/,
    ],
    [{ modelId: 'gemini-2.5-flash', toolChoice: { type: 'required' } }, /being made to search/],
    [
      { modelId: 'gemini-2.5-flash', providerOptions: { openai: { maxToolCalls: 2 } } },
      /a limit of its searches/,
    ],
  ]
  for (const [call, expected] of refused) {
    const error = await ask('google', [says('Yes.', { finishReason: 'STOP' })], call).then(
      () => assert.fail('it was answered'),
      (thrown: unknown) => modelError(thrown),
    )
    assert.match(error.message, expected)
    assert.equal(error.code, 'invalid_prompt')
  }
})

test('a setting that only OpenAI has is refused by the others', () => {
  const claude = hostedToolsOf(opened('anthropic', String).hostedTools)
  const gemini = hostedToolsOf(opened('google', String).hostedTools)
  for (const { hostedTools } of [claude, gemini]) assert.deepEqual(hostedTools, ['web_search'])
  const userLocation = { city: 'Köln', country: 'DE' }
  assert.deepEqual(claude.hostedTool('web_search', { allowedDomains: ['a.de'], userLocation }).args, {
    allowedDomains: ['a.de'],
    userLocation: { type: 'approximate', ...userLocation },
  })
  for (const { hostedTool } of [claude, gemini]) {
    assert.deepEqual(hostedTool('web_search', { externalWebAccess: true }).args, {})
    for (const settings of [{ externalWebAccess: false }, { searchContextSize: 'low' as const }])
      assert.throws(() => hostedTool('web_search', settings), { setting: Object.keys(settings)[0] })
  }
  assert.throws(() => gemini.hostedTool('web_search', { userLocation }), {
    name: 'HostedSettingRefused',
    setting: 'userLocation',
    message: "The setting 'user_location' of 'web_search' is not taken by this model's provider.",
  })
})
