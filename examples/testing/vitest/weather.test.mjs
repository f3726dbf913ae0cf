// The same with vitest, and one server for all tests of the file:
//
//     npx vitest run --dir vitest

import OpenAI from 'openai'
import { start } from 'threadmill'
import { scripted } from 'threadmill/scripted'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askAboutWeather } from '../weather.mjs'

let server
let client
/** What the model says, as a test sets it. */
let turns = []

beforeAll(async () => {
  const model = scripted(
    () => turns.shift() ?? { error: { message: 'The model was not expected to be asked.' } },
  )
  server = await start({}, { models: { scripted: model } })
  client = new OpenAI({ baseURL: server.baseURL, apiKey: server.apiKey })
})
afterAll(() => server.close())

test('the assistant looks up the weather of the city that the model names', async () => {
  turns = [
    { toolCalls: [{ name: 'get_weather', arguments: { city: 'Rome' } }] },
    { text: 'It rains in Rome.' },
  ]
  await expect(askAboutWeather(client, 'Rome?', () => 'rain')).resolves.toBe('It rains in Rome.')
})

test('an answer needs no function', async () => {
  turns = [{ text: 'Which city?' }]
  await expect(askAboutWeather(client, 'How is the weather?', () => 'rain')).resolves.toBe('Which city?')
})
