import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { apiKey } from '../../acceptance/child.ts'
import type { Replica } from './cluster.ts'

/** The result of the request is unknown: the connection broke, no answer came in time, or the server answered 503. */
export class NoAnswer extends Error {}

export type Method = 'GET' | 'POST' | 'DELETE'

// oxlint-disable-next-line typescript/no-explicit-any -- a test looks at whatever came
export type Json = any

export interface Answer {
  status: number
  body: Json
}

export interface Client {
  /** One attempt at any replica. Throws NoAnswer. Paths are below `/v1`. */
  ask(method: Method, path: string, body?: object): Promise<Answer>
  /** Asks one replica after the other until one answers. This is only for requests that may be repeated. */
  askUntilAnswered(method: Method, path: string, body?: object): Promise<Answer>
  /**
   * One attempt, whose answer may be a stream until `signal`. Throws NoAnswer. Reading the answer may throw anything.
   */
  open(method: Method, path: string, options?: Options): Promise<Response>
  readonly figures: { answers: number; unavailable: number; broken: number }
}

interface Options {
  body?: object | undefined
  lastEventId?: string | undefined
  signal?: AbortSignal
}

/** How long the client waits for an answer, or for the next event of a stream, in milliseconds. */
export const timeoutMs = 6_000
/** When no replica answers a request for this time, something is stuck. In milliseconds. */
const givesUpAfterMs = 120_000

/** Asks a random replica each time, as a proxy would. */
export function createClient(replicas: Replica[], random: (n: number) => number): Client {
  const figures = { answers: 0, unavailable: 0, broken: 0 }

  async function open(
    method: Method,
    path: string,
    { body, lastEventId, signal }: Options = {},
  ): Promise<Response> {
    const up = replicas.filter(({ url }) => url !== undefined)
    const replica = up[random(up.length)]
    if (!replica) {
      await pause(50)
      throw new NoAnswer('no replica is up')
    }
    const form = body instanceof FormData
    const leaving = new AbortController()
    const timer = setTimeout(() => leaving.abort(), timeoutMs)
    const response = await orNoAnswer(
      fetch(`${replica.url}/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${apiKey}`,
          ...(body && !form && { 'content-type': 'application/json' }),
          ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
        },
        ...(body && { body: form ? body : JSON.stringify(body) }),
        signal: AbortSignal.any([leaving.signal, ...(signal ? [signal] : [])]),
      }),
    ).finally(() => clearTimeout(timer))
    if (response.status < 500) {
      figures.answers++
      return response
    }
    const text = await orNoAnswer(response.text())
    const asked = `${method} ${path} at ${replica.name}`
    assert.equal(response.status, 503, `${asked}: ${response.status} ${text}\n${replica.log().slice(-3_000)}`)
    assert.ok(Number(response.headers.get('retry-after')) > 0, `${asked}: 503 without retry-after: ${text}`)
    figures.unavailable++
    throw new NoAnswer(`503 ${text}`)
  }

  async function orNoAnswer<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer
    } catch (error) {
      figures.broken++
      throw new NoAnswer('the connection broke', { cause: error })
    }
  }

  async function ask(method: Method, path: string, body?: object): Promise<Answer> {
    const response = await open(method, path, { body, signal: AbortSignal.timeout(2 * timeoutMs) })
    return { status: response.status, body: JSON.parse(await orNoAnswer(response.text())) }
  }

  return {
    figures,
    open,
    ask,
    async askUntilAnswered(method, path, body) {
      for (const deadline = Date.now() + givesUpAfterMs; ; await pause(50 + random(200))) {
        try {
          return await ask(method, path, body)
        } catch (error) {
          if (!(error instanceof NoAnswer)) throw error
          assert.ok(Date.now() < deadline, `nobody answers ${method} ${path}: ${error.message}`)
        }
      }
    },
  }
}
