import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { SeenEvent } from '../../runs.ts'
import { NoAnswer, type Client, type Json } from './client.ts'
import type { KnownConversation, KnownResponse, Ledger } from './ledger.ts'
import { answerTo, taskText, type Task } from './model.ts'
import { readStream } from './read-stream.ts'

/** When nothing happens in a response for this time, it is stuck. In milliseconds. */
const stuckAfterMs = 120_000

const look = {
  type: 'function',
  name: 'look',
  parameters: { type: 'object', properties: { token: {}, n: {} } },
}

/** Makes responses in the background and follows their streams, through any replica that answers. */
export interface Responder {
  /** Has a task done, and answers its functions. Resolves with the id of the last response. */
  converse(
    task: Task,
    token: string,
    origin: object,
    conversation: KnownConversation | undefined,
  ): Promise<string>
}

export const isLast = ({ event }: SeenEvent) => /^response\.(completed|incomplete|failed)$/.test(event)

/** What the last event adds to a conversation. */
function answersOf({ event, data }: SeenEvent): string[] {
  if (event === 'response.failed') return []
  return data.response.output.filter(({ type }: Json) => type === 'message').map(textOf)
}

export const textOf = ({ content }: Json): string => content.map(({ text }: Json) => text).join('')

export function createResponder(client: Client, ledger: Ledger): Responder {
  /** The response whose request was not answered, if it was made all the same. */
  async function find(token: string): Promise<string | undefined> {
    const { body } = await client.askUntilAnswered('GET', '/responses?limit=100')
    return body.data.find(({ metadata }: Json) => metadata.token === token)?.id
  }

  /** Reads as much as comes of the stream of one request. */
  async function read(known: KnownResponse, body: object, onDelta: () => void): Promise<void> {
    const { id, seen } = known
    const after = seen.length > 0 ? `&starting_after=${seen.length - 1}` : ''
    const leave = new AbortController()
    const response = await (id === ''
      ? client.open('POST', '/responses', { body, signal: leave.signal })
      : client.open('GET', `/responses/${id}?stream=true${after}`, { signal: leave.signal }))
    if (response.status !== 200) return refused(await response.json())
    const onEvent = (event: SeenEvent) => {
      assert.equal(event.data.sequence_number, seen.length, `a number of ${event.event}`)
      seen.push(event)
      ledger.heard++
      if (event.data.response) known.id = event.data.response.id
      ledger.responses.set(known.id, known)
      if (event.event === 'response.output_text.delta') onDelta()
      return isLast(event)
    }
    await readStream(() => known.id, response, onEvent, leave)
  }

  /** An earlier attempt, whose answer was lost, may be in the conversation. */
  async function refused({ error }: Json): Promise<void> {
    assert.equal(error?.code, 'conversation_locked', JSON.stringify(error))
    await pause(100)
  }

  async function follow(
    known: KnownResponse,
    body: object,
    onDelta: () => void = () => {},
  ): Promise<SeenEvent> {
    for (let deadline = Date.now() + stuckAfterMs, heard = -1, tries = 0; ; tries++) {
      const last = known.seen.at(-1)
      if (last && isLast(last)) return last
      if (known.seen.length > heard) deadline = Date.now() + stuckAfterMs
      heard = known.seen.length
      assert.ok(Date.now() < deadline, `nothing comes of ${known.id} any more after ${last?.event}`)
      if (known.id === '' && tries > 0) known.id = (await find(known.token)) ?? ''
      try {
        await read(known, body, onDelta)
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error
        if (known.id === '') ledger.unknown++
        await pause(50)
      }
    }
  }

  async function cancel(known: KnownResponse): Promise<void> {
    const answer = await client.ask('POST', `/responses/${known.id}/cancel`, {}).catch((error) => {
      if (!(error instanceof NoAnswer)) throw error
      ledger.unknown++
    })
    if (answer?.status === 200) known.cancelled = true
  }

  const params = (token: string, input: unknown, origin: object) => ({
    model: 'fake',
    background: true,
    stream: true,
    tools: [look],
    metadata: { token },
    input,
    ...origin,
  })

  return {
    async converse(task, token, origin, conversation) {
      const answer = task === 'talk' ? answerTo(token, []).join('') : undefined
      const known: KnownResponse = { id: '', token, seen: [], answer, cancelled: false }
      let deltas = 0
      let cancelling = Promise.resolve()
      const last = await follow(known, params(token, taskText(task, token), origin), () => {
        if (task === 'long' && ++deltas === 20) cancelling = cancel(known)
      })
      await cancelling
      conversation?.answers.push(...answersOf(last))
      const calls: Json[] = last.data.response.output.filter(({ type }: Json) => type === 'function_call')
      if (calls.length === 0) return known.id
      const outputs = calls.map(({ call_id }) => `seen-by-${call_id}`)
      const input = calls.map(({ call_id }, at) => ({
        type: 'function_call_output',
        call_id,
        output: outputs[at],
      }))
      const text = answerTo(token, outputs).join('')
      const next: KnownResponse = { id: '', token: `${token}-told`, seen: [], answer: text, cancelled: false }
      const from = conversation ? origin : { previous_response_id: known.id }
      const told = await follow(next, params(next.token, input, from))
      conversation?.answers.push(...answersOf(told))
      return next.id
    },
  }
}
