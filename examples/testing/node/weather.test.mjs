// Tests of weather.mjs with what Node brings along:
//
//     node --test node/weather.test.mjs

import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI from 'openai'
import { start } from 'threadmill'
import { scripted } from 'threadmill/scripted'
import { askAboutWeather } from '../weather.mjs'

test('the assistant looks up the weather of the city that the model names', async () => {
  const model = scripted([
    { toolCalls: [{ name: 'get_weather', arguments: { city: 'Paris' } }] },
    { text: 'It is sunny in Paris.' },
  ])
  await using server = await start({}, { models: { scripted: model } })
  const client = new OpenAI({ baseURL: server.baseURL, apiKey: server.apiKey })

  const asked = []
  const answer = await askAboutWeather(client, 'How is the weather in Paris?', (city) => {
    asked.push(city)
    return 'sunny'
  })

  assert.deepEqual(asked, ['Paris'])
  assert.equal(answer, 'It is sunny in Paris.')
  assert.equal(model.calls.length, 2)
})

test('a provider that fails is told of', async () => {
  const model = scripted([{ error: { status: 400, message: 'The prompt is too long.' } }])
  await using server = await start({}, { models: { scripted: model } })
  const client = new OpenAI({ baseURL: server.baseURL, apiKey: server.apiKey })

  await assert.rejects(
    askAboutWeather(client, 'Hello', () => 'sunny'),
    /The run is failed/,
  )
})
