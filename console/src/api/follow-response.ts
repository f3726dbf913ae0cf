import type { QueryClient } from '@tanstack/react-query'
import OpenAI from 'openai'
import { _iterSSEMessages as readEvents } from 'openai/core/streaming'
import { frameMs, isRefusal, wait } from './follow-run.ts'
import { isOver, responsePath, type Item, type Response } from './responses.ts'

interface Follow {
  client: OpenAI
  queries: QueryClient
  id: string
  signal: AbortSignal
  /** Called when the connection is lost, and when it is back. */
  onConnection: (lost: boolean) => void
}

/** What a response has said so far, while its stream is followed. */
export const liveKey = (id: string) => ['/responses', 'live', id]

/**
 * Keeps what is known of a response as its stream tells it, until it is over. A stream that breaks off is taken up after its last
 * event. One that cannot be streamed is left to those who ask for it from time to time.
 */
export async function followResponse({ client, queries, id, signal, onConnection }: Follow): Promise<void> {
  const seen = new SeenResponse(queries, id)
  let after: number | undefined
  for (let failures = 0; !signal.aborted;) {
    try {
      const response = await client
        .get(responsePath(id), {
          stream: true,
          signal,
          maxRetries: 0,
          query: { stream: true, ...(after !== undefined && { starting_after: after }) },
        })
        .asResponse()
      onConnection(false)
      const reader = new AbortController()
      signal.addEventListener('abort', () => reader.abort(), { once: true })
      for await (const { event, data } of readEvents(response, reader)) {
        failures = 0
        if (!event || event === 'error') continue
        const told = JSON.parse(data) as ResponseEvent
        after = told.sequence_number
        seen.take(told)
        if (seen.isOver) return
      }
    } catch (error) {
      if (signal.aborted) return
      // What asks again hears the same, and leads to the sign-in page.
      if (error instanceof OpenAI.AuthenticationError) return void queries.invalidateQueries()
      if (isRefusal(error)) return
    } finally {
      seen.show()
    }
    onConnection(true)
    await wait(Math.min(4_000, 250 * 2 ** failures++), signal)
  }
}

/** An event of a stream, of which each has some of these. */
interface ResponseEvent {
  type: string
  sequence_number: number
  response?: Response
  output_index?: number
  item?: Item
  content_index?: number
  summary_index?: number
  part?: object
  delta?: string
  partial_image_b64?: string
}

class SeenResponse {
  readonly #queries: QueryClient
  readonly #id: string
  readonly #output: Item[] = []
  readonly #shown: Item[] = []
  #changed = new Set<number>()
  #timer: ReturnType<typeof setTimeout> | undefined
  isOver = false

  constructor(queries: QueryClient, id: string) {
    this.#queries = queries
    this.#id = id
  }

  take(event: ResponseEvent): void {
    const { response, output_index: at } = event
    if (response) this.#told(response)
    if (at === undefined) return
    if (event.item) this.#output[at] = event.item
    else if (this.#output[at]) grow(this.#output[at], event)
    this.#changed.add(at)
    this.#timer ??= setTimeout(() => this.show(), frameMs)
  }

  /** What it shows of files and programs is asked for once it is over. */
  #told(response: Response): void {
    this.isOver = isOver(response)
    this.#queries.setQueryData(['/responses', 'one', this.#id], response)
    if (!this.isOver) return
    const of = ({ queryKey: [path] }: { queryKey: readonly unknown[] }) =>
      path === '/responses' || String(path).startsWith('/conversations')
    void this.#queries.invalidateQueries({ predicate: of })
  }

  /** What has changed is another object, so that it is seen to have changed. */
  show(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const at of this.#changed) this.#shown[at] = structuredClone(this.#output[at]!)
    this.#changed = new Set()
    this.#queries.setQueryData(liveKey(this.#id), this.#shown.filter(Boolean))
  }
}

type Grows = Record<string, unknown>

/** The field of an item that the pieces of an event are added to. */
const fields: Record<string, string> = {
  'response.function_call_arguments.delta': 'arguments',
  'response.mcp_call_arguments.delta': 'arguments',
  'response.custom_tool_call_input.delta': 'input',
  'response.code_interpreter_call_code.delta': 'code',
}

/** The list and the field of its parts, for those that have some. */
const parts: Record<string, [list: 'content' | 'summary', field: string]> = {
  'response.output_text.delta': ['content', 'text'],
  'response.refusal.delta': ['content', 'refusal'],
  'response.reasoning_text.delta': ['content', 'text'],
  'response.reasoning_summary_text.delta': ['summary', 'text'],
}

function grow(item: Item, event: ResponseEvent): void {
  // The next picture is a better one, and the last one comes with the whole item.
  if (item.type === 'image_generation_call' && event.partial_image_b64 !== undefined)
    item.result = event.partial_image_b64
  const { type, content_index, summary_index, part, delta = '' } = event
  const lists = item as unknown as Record<'content' | 'summary', Grows[]>
  const index = content_index ?? summary_index ?? 0
  if (part) {
    const list = summary_index === undefined ? 'content' : 'summary'
    lists[list] ??= []
    lists[list][index] = part as Grows
    return
  }
  const [list, field] = parts[type] ?? []
  const grown = list ? lists[list]?.[index] : (item as unknown as Grows)
  const name = field ?? fields[type]
  if (!grown || name === undefined) return
  const before = grown[name]
  grown[name] = typeof before === 'string' ? before + delta : delta
}
