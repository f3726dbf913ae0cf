import type { QueryClient } from '@tanstack/react-query'
import OpenAI from 'openai'
import { _iterSSEMessages as readEvents } from 'openai/core/streaming'
import { AssistantStream } from 'openai/lib/AssistantStream'
import type { Message, MessageContent } from '../../../src/contract/messages.ts'
import type { RunStep } from '../../../src/contract/run-steps.ts'
import type { Run } from '../../../src/contract/runs.ts'
import { loadNewerMessages, putMessages } from './messages.ts'
import { followedRuns, isOver, knownRun, putRun, putSteps } from './runs.ts'

interface Follow {
  client: OpenAI
  queries: QueryClient
  run: Pick<Run, 'id' | 'thread_id'>
  signal: AbortSignal
  /** Called when the connection is lost, and when it is back. */
  onConnection: (lost: boolean) => void
}

/** In milliseconds. Changes are shown together, which is quick enough for the eye and leaves time for the hand. */
export const frameMs = 40

/**
 * Keeps what is known of a run, its steps and its messages as its stream tells it, until the run is over. A stream that
 * breaks off is taken up after its last event: whoever reloads the page, or comes from another, sees the same. Rejects
 * with what is no lost connection: a refusal of the server, or an event that cannot be shown.
 */
export async function followRun(given: Follow): Promise<void> {
  const { run, signal } = given
  followedRuns.set(run.id, signal)
  try {
    await follow(given)
  } finally {
    // Somebody else may have begun to follow it before this one came to its end.
    if (followedRuns.get(run.id) === signal) followedRuns.delete(run.id)
  }
}

async function follow({ client, queries, run, signal, onConnection }: Follow): Promise<void> {
  const seen = new SeenRun(queries, run)
  let after: string | undefined
  let paused = false
  for (let failures = 0; !signal.aborted;) {
    try {
      const response = await client
        .get(`/threads/${encodeURIComponent(run.thread_id)}/runs/${encodeURIComponent(run.id)}/stream`, {
          stream: true,
          signal,
          maxRetries: 0,
          ...(after !== undefined && { query: { after } }),
        })
        .asResponse()
      onConnection(false)
      if (after === undefined) await loadNewerMessages(client, queries, run.thread_id)
      const reader = new AbortController()
      signal.addEventListener('abort', () => reader.abort(), { once: true })
      for await (const { event, data, raw } of readEvents(response, reader)) {
        failures = 0
        after = idOf(raw) ?? after
        if (event === 'done') paused = true
        if (event === 'done' || event === 'error') break
        if (event) show(seen, event, data)
      }
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof OpenAI.NotFoundError) return
      // What asks again hears the same, and leads to the sign-in page.
      if (error instanceof OpenAI.AuthenticationError) return void queries.invalidateQueries()
      if (isRefusal(error) || error instanceof NotShown) throw error
    } finally {
      seen.show()
    }
    if (paused) {
      if (seen.isOver) return
      paused = false
      await untilAnswered(client, queries, run, signal)
      continue
    }
    onConnection(true)
    await wait(Math.min(4_000, 250 * 2 ** failures++), signal)
  }
}

/** An event that this page cannot show: asking for it again would not help. */
class NotShown extends Error {}

function show(seen: SeenRun, event: string, data: string): void {
  try {
    seen.take(event, JSON.parse(data))
  } catch (cause) {
    throw new NotShown(`An event of the run cannot be shown (${event}): ${String(cause)}`, { cause })
  }
}

/** Whether the server has understood, and says no. Where it is busy or closing it may say yes the next time. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof OpenAI.APIError &&
  error.status !== undefined &&
  error.status < 500 &&
  error.status !== 408 &&
  error.status !== 429

const idOf = (lines: string[]): string | undefined =>
  lines
    .find((line) => line.startsWith('id:'))
    ?.slice(3)
    .trim()

export const wait = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })

/** A stream pauses where the caller has to answer functions. Here somebody may, or a program elsewhere. */
async function untilAnswered(
  client: OpenAI,
  queries: QueryClient,
  run: Pick<Run, 'id' | 'thread_id'>,
  signal: AbortSignal,
): Promise<void> {
  for (let tries = 1; !signal.aborted; tries++) {
    if (knownRun(queries, run)?.status !== 'requires_action') return
    await wait(100, signal)
    if (tries % 20 > 0) continue
    const asked = client.beta.threads.runs.retrieve(run.id, { thread_id: run.thread_id }, { signal })
    const now = await asked.catch(() => undefined)
    // What has become of it is told by its stream, in order and with what was written meanwhile.
    if (now && now.status !== 'requires_action') return
  }
}

/** The objects of a run as its events have made them, shown a few times a second. */
class SeenRun {
  readonly #queries: QueryClient
  readonly #run: Pick<Run, 'id' | 'thread_id'>
  readonly #messages = new Map<string, Message>()
  readonly #steps = new Map<string, RunStep>()
  readonly #changed = new Set<string>()
  #latest: Run | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(queries: QueryClient, run: Pick<Run, 'id' | 'thread_id'>) {
    this.#queries = queries
    this.#run = run
  }

  get isOver(): boolean {
    return this.#latest !== undefined && isOver(this.#latest)
  }

  take(event: string, data: unknown): void {
    const { id } = data as { id: string }
    if (event === 'thread.message.delta') {
      const message = this.#messages.get(id)
      if (message) addContent(message.content, (data as { delta: { content?: Indexed[] } }).delta.content)
    } else if (event === 'thread.run.step.delta') {
      const step = this.#steps.get(id)
      const { step_details } = (data as { delta: { step_details?: object } }).delta
      if (step && step_details) AssistantStream.accumulateDelta(step.step_details, step_details)
    } else if (event.startsWith('thread.message.')) this.#messages.set(id, data as Message)
    else if (event.startsWith('thread.run.step.')) this.#steps.set(id, data as RunStep)
    else if (event.startsWith('thread.run.')) this.#latest = data as Run
    this.#changed.add(id)
    this.#timer ??= setTimeout(() => this.show(), frameMs)
  }

  show(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const { thread_id, id } = this.#run
    const messages = [...this.#messages.values()].filter((message) => this.#changed.has(message.id))
    putMessages(this.#queries, thread_id, messages.map(copied))
    if ([...this.#steps.keys()].some((step) => this.#changed.has(step)))
      putSteps(
        this.#queries,
        this.#run,
        [...this.#steps.values()].map((step) => (this.#changed.has(step.id) ? structuredClone(step) : step)),
      )
    if (this.#latest && this.#changed.has(id)) putRun(this.#queries, this.#latest)
    this.#changed.clear()
  }
}

type Indexed = MessageContent & { index: number }

function addContent(content: MessageContent[], delta: Indexed[] = []): void {
  for (const { index, ...part } of delta) {
    const known = content[index]
    if (known) AssistantStream.accumulateDelta(known, part)
    else content[index] = part as MessageContent
  }
}

/** Another object, so that it is seen to have changed: what is collected is changed in place. */
const copied = (message: Message): Message => ({
  ...message,
  content: message.content.map((part) => (part.type === 'text' ? { ...part, text: { ...part.text } } : part)),
})
