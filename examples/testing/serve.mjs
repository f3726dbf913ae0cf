// A server for tests in other languages: it says on one line where it is, and ends when its standard input does.
import { start } from 'threadmill'
import { scripted } from 'threadmill/scripted'

const call = { toolCalls: [{ name: 'get_weather', arguments: { city: 'Paris' } }] }
const model = scripted((prompt) => (prompt.at(-1).role === 'tool' ? { text: 'It is sunny in Paris.' } : call))
const server = await start({}, { models: { scripted: model } })
console.log(JSON.stringify({ base_url: server.baseURL, api_key: server.apiKey }))
process.stdin.resume().on('end', () => void server.close())
