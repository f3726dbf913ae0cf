import type { Client } from './client.ts'
import type { Model } from './model-speeds.ts'

/** One run as its client saw it, in milliseconds. */
export interface Sample {
  /** From the request to the moment the model server had read its own. */
  before: number
  /** From the model's first token to the client's first delta. */
  after: number
  /** From the request that started the run to its last event. */
  run: number
  /** Of the prompt. */
  messages: number
}

/** What a client does for one answer. Throws when any of it is not as it should be. */
export type Cycle = () => Promise<Sample>

const usual = 'You are a helpful assistant.'
const question = 'Hello there, what is new today in the world of servers?'
const now = () => process.hrtime.bigint()
const ms = (from: bigint, to: bigint) => Number(to - from) / 1e6

/** A chat completion: what can be had without the Assistants API. */
export const chatCycle =
  (client: Client, model: Model): Cycle =>
  async () => {
    const messages = [
      { role: 'system', content: usual },
      { role: 'user', content: question },
    ]
    const watch = stopwatch()
    await client.events('/chat/completions', { model, stream: true, messages }, (_, data) => {
      if (data === '[DONE]') return watch.end()
      if (!watch.begun) watch.first(JSON.parse(data).choices[0]?.delta.content)
    })
    return watch.sample()
  }

/** Create a thread, add a message, run and stream to the end, list the messages. */
export const assistantsCycle =
  (client: Client, assistant: string, model: Model, instructions = usual): Cycle =>
  async () => {
    const { id } = await client.json<{ id: string }>('POST', '/threads', {})
    return runInThread(client, id, { assistant, model, instructions })
  }

/** A response by itself, streamed to its end. */
export const responseCycle =
  (client: Client, model: Model): Cycle =>
  () =>
    respond(client, { model })

/** Create a conversation, stream a response in it to the end, list the items. */
export const conversationCycle =
  (client: Client, model: Model): Cycle =>
  async () => {
    const { id } = await client.json<{ id: string }>('POST', '/conversations', {})
    const sample = await respond(client, { model, conversation: id })
    const list = await client.json<{ data: { role: string }[] }>('GET', `/conversations/${id}/items`)
    if (list.data[0]?.role !== 'assistant') throw new Error('the answer is not the newest item')
    return sample
  }

async function respond(client: Client, params: { model: Model; conversation?: string }): Promise<Sample> {
  const watch = stopwatch()
  const body = { ...params, instructions: usual, input: question, stream: true }
  await client.events('/responses', body, (name, data) => {
    if (name === 'response.completed') watch.end()
    else if (name === 'response.output_text.delta' && !watch.begun) watch.first(JSON.parse(data).delta)
  })
  return watch.sample()
}

/** Create a thread and its run in one request, streamed to its end. */
export const threadAndRunCycle =
  (client: Client, assistant_id: string, model: Model): Cycle =>
  async () => {
    const watch = stopwatch()
    const thread = { messages: [{ role: 'user', content: question }] }
    const body = { assistant_id, model, instructions: usual, thread, stream: true }
    await client.events('/threads/runs', body, readRun(watch))
    return watch.sample()
  }

export async function runInThread(
  client: Client,
  thread: string,
  { assistant, model, instructions = usual }: { assistant: string; model: Model; instructions?: string },
): Promise<Sample> {
  await client.json('POST', `/threads/${thread}/messages`, { role: 'user', content: question })
  const watch = stopwatch()
  await client.events(
    `/threads/${thread}/runs`,
    { assistant_id: assistant, model, instructions, stream: true },
    readRun(watch),
  )
  const list = await client.json<{ data: { role: string }[] }>('GET', `/threads/${thread}/messages`)
  if (list.data[0]?.role !== 'assistant') throw new Error('the answer is not the newest message')
  return watch.sample()
}

/** Tells the stopwatch what a stream of the Assistants API brings. */
const readRun = (watch: ReturnType<typeof stopwatch>) => (name: string, data: string) => {
  if (name === 'thread.run.completed') watch.end()
  else if (name === 'thread.message.delta' && !watch.begun) watch.first(firstText(data))
}

export const newAssistant = async (client: Client, model: Model): Promise<string> =>
  (await client.json<{ id: string }>('POST', '/assistants', { model, instructions: usual, name: 'bench' })).id

export const firstText = (delta: string): string | undefined =>
  JSON.parse(delta).delta.content[0]?.text?.value

/** Reads the model server's stamps off the first text and sets them against the client's own times. */
export function stopwatch() {
  const start = now()
  let got: bigint | undefined
  let over: bigint | undefined
  let stamps: string[] = []
  return {
    get begun() {
      return got !== undefined
    },
    first(text: string | undefined) {
      if (!text) return
      got = now()
      stamps = /<<(\d+),(\d+),(\d+)>>/.exec(text)?.slice(1) ?? []
    },
    end() {
      over = now()
    },
    /** Names the request to the model server. */
    get read() {
      return stamps[0]
    },
    sample(): Sample {
      const [read, wrote, messages] = stamps
      if (!read || !wrote || !messages || !got) throw new Error('the first delta has no stamps')
      if (!over) throw new Error('the run did not complete')
      return {
        before: ms(start, BigInt(read)),
        after: ms(BigInt(wrote), got),
        run: ms(start, over),
        messages: Number(messages),
      }
    },
  }
}
