import { once } from 'node:events'
import type { ServerResponse } from 'node:http'

/** What the fake answers to one request of the Responses API, in the order of its items. */
export interface FakeResponse {
  items?: FakeItem[]
  /** Ends the stream with `response.failed`. */
  failed?: { code: string; message: string }
  /** Ends the stream with an event `error`. */
  streamError?: { type: string; code: string | null; message: string }
  incomplete?: string
  usage?: Record<string, unknown>
  /** Answers with this status and error body instead. */
  status?: number
  error?: Record<string, unknown>
  headers?: Record<string, string>
  /** Drops the connection after this many events. */
  cutAfter?: number
  /** Sends nothing after this many events, until the client leaves. */
  hangAfter?: number
}

export type FakeItem =
  | { reasoning: string[]; encrypted?: string | null }
  | { text: string | string[]; citations?: FakeCitation[] }
  /** A message of several parts. Places of citations count from the beginning of each. */
  | { textParts: { text: string; citations?: FakeCitation[] }[] }
  | { refusal: string[] }
  /** One that is sudden is only shown when it is done. */
  | { search: Record<string, unknown>; status?: string; isSudden?: boolean }
  | { picture: string | null; partial?: string[]; told?: Record<string, unknown> }
  | { call: string; arguments: string }
  | { actions: Record<string, unknown>[]; checks?: Record<string, unknown>[] }

export interface FakeCitation {
  url: string
  title: string
  start: number
  end: number
}

export interface FakeResponsesRequest {
  model: string
  input: Record<string, unknown>[]
  tools?: Record<string, unknown>[]
  [field: string]: unknown
}

type Event = { type: string; [field: string]: unknown }

let responseNumber = 0

/** Sends the events of OpenAI's stream, as they were recorded. */
export async function streamResponse(
  response: ServerResponse,
  request: FakeResponsesRequest,
  reply: FakeResponse,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', ...reply.headers })
  const head = {
    id: `resp_${(++responseNumber).toString(36)}`,
    object: 'response',
    created_at: 1_700_000_000,
    model: request.model,
  }
  let sent = 0
  for (const event of eventsOf(head, reply)) {
    if (response.destroyed) return
    if (sent === reply.cutAfter) return void response.destroy()
    if (sent === reply.hangAfter) return void (await once(response, 'close'))
    const data = JSON.stringify({ ...event, sequence_number: sent++ })
    response.write(`event: ${event.type}\ndata: ${data}\n\n`)
  }
  response.end()
}

function* eventsOf(head: Record<string, unknown>, reply: FakeResponse): Generator<Event> {
  const { items = [{ text: 'Hello.' }], failed, streamError, incomplete } = reply
  const usage = reply.usage ?? {
    input_tokens: 20,
    input_tokens_details: { cached_tokens: 4 },
    output_tokens: 10,
    output_tokens_details: { reasoning_tokens: 3 },
    total_tokens: 30,
  }
  const begun = { ...head, status: 'in_progress' }
  yield { type: 'response.created', response: begun }
  yield { type: 'response.in_progress', response: begun }
  for (const [output_index, item] of items.entries()) yield* itemEvents(item, output_index, head)
  if (streamError) return yield { ...streamError, type: 'error', error: streamError }
  if (failed) {
    return yield { type: 'response.failed', response: { ...head, status: 'failed', error: failed, usage } }
  }
  const details = incomplete === undefined ? null : { reason: incomplete }
  const status = incomplete === undefined ? 'completed' : 'incomplete'
  yield { type: `response.${status}`, response: { ...head, status, incomplete_details: details, usage } }
}

function* itemEvents(given: FakeItem, output_index: number, head: Record<string, unknown>): Generator<Event> {
  const item_id = `${prefixOf(given)}_${String(head['id']).slice(5)}_${output_index}`
  const at = { output_index, item_id }
  const added = (item: object): Event => ({
    type: 'response.output_item.added',
    output_index,
    item: { id: item_id, ...item },
  })
  const done = (item: object): Event => ({
    type: 'response.output_item.done',
    output_index,
    item: { id: item_id, ...item },
  })
  if ('reasoning' in given) {
    const item = { type: 'reasoning', encrypted_content: given.encrypted ?? 'gAAA-encrypted' }
    yield added({ ...item, summary: [] })
    for (const [summary_index, text] of given.reasoning.entries()) {
      const part = { ...at, summary_index }
      yield { type: 'response.reasoning_summary_part.added', ...part }
      yield { type: 'response.reasoning_summary_text.delta', ...part, delta: text }
      yield { type: 'response.reasoning_summary_text.done', ...part, text }
      yield { type: 'response.reasoning_summary_part.done', ...part }
    }
    const summary = given.reasoning.map((text) => ({ type: 'summary_text', text }))
    yield done({
      ...item,
      encrypted_content: given.encrypted === undefined ? item.encrypted_content : given.encrypted,
      summary,
    })
  } else if ('text' in given || 'textParts' in given || 'refusal' in given)
    yield* message(given, { at, added, done })
  else if ('search' in given) {
    const { search, status = 'completed', isSudden } = given
    if (!isSudden) yield added({ type: 'web_search_call', status: 'in_progress', action: { type: 'search' } })
    for (const one of ['in_progress', 'searching', 'completed'])
      yield { type: `response.web_search_call.${one}`, ...at }
    yield done({ type: 'web_search_call', status, action: search })
  } else if ('picture' in given) {
    const told = {
      background: 'opaque',
      output_format: 'png',
      quality: 'low',
      size: '1024x1024',
      ...given.told,
    }
    yield added({ type: 'image_generation_call', status: 'in_progress' })
    yield { type: 'response.image_generation_call.in_progress', ...at }
    yield { type: 'response.image_generation_call.generating', ...at }
    for (const [partial_image_index, partial_image_b64] of (given.partial ?? []).entries()) {
      const type = 'response.image_generation_call.partial_image'
      yield { type, ...at, partial_image_index, partial_image_b64, ...told }
    }
    const status = given.picture === null ? 'failed' : 'completed'
    yield { type: `response.image_generation_call.${status}`, ...at }
    yield done({ type: 'image_generation_call', status, result: given.picture, ...told })
  } else if ('call' in given) {
    const item = { type: 'function_call', call_id: `call_${item_id}`, name: given.call }
    yield added({ ...item, status: 'in_progress', arguments: '' })
    yield { type: 'response.function_call_arguments.delta', ...at, delta: given.arguments }
    yield { type: 'response.function_call_arguments.done', ...at, arguments: given.arguments }
    yield done({ ...item, status: 'completed', arguments: given.arguments })
  } else {
    const { actions, checks = [] } = given
    const item = { type: 'computer_call', call_id: `call_${item_id}`, pending_safety_checks: checks }
    yield added({ ...item, status: 'in_progress', actions: [] })
    yield done({ ...item, status: 'completed', actions })
  }
}

function* message(
  given: Extract<FakeItem, { text: unknown } | { textParts: unknown } | { refusal: unknown }>,
  { at, added, done }: { at: object; added: (item: object) => Event; done: (item: object) => Event },
): Generator<Event> {
  const item = { type: 'message', role: 'assistant' }
  const place = { ...at, content_index: 0 }
  yield added({ ...item, status: 'in_progress', content: [] })
  if ('refusal' in given) {
    yield { type: 'response.content_part.added', ...place, part: { type: 'refusal', refusal: '' } }
    for (const delta of given.refusal) yield { type: 'response.refusal.delta', ...place, delta }
    const refusal = given.refusal.join('')
    yield { type: 'response.refusal.done', ...place, refusal }
    return yield done({ ...item, status: 'completed', content: [{ type: 'refusal', refusal }] })
  }
  const content: object[] = []
  for (const part of 'textParts' in given ? given.textParts : [given]) {
    const here = { ...at, content_index: content.length }
    const deltas = typeof part.text === 'string' ? part.text.split(/(?<= )/) : part.text
    const text = deltas.join('')
    yield {
      type: 'response.content_part.added',
      ...here,
      part: { type: 'output_text', text: '', annotations: [] },
    }
    for (const delta of deltas) yield { type: 'response.output_text.delta', ...here, delta }
    const annotations = (part.citations ?? []).map(({ url, title, start, end }) => ({
      type: 'url_citation',
      url,
      title,
      start_index: start,
      end_index: end,
    }))
    for (const [annotation_index, annotation] of annotations.entries())
      yield { type: 'response.output_text.annotation.added', ...here, annotation_index, annotation }
    yield { type: 'response.output_text.done', ...here, text }
    content.push({ type: 'output_text', text, annotations })
  }
  yield done({ ...item, status: 'completed', content })
}

/** The ids of OpenAI begin with what the item is. */
function prefixOf(item: FakeItem): string {
  if ('reasoning' in item) return 'rs'
  if ('search' in item) return 'ws'
  if ('picture' in item) return 'ig'
  if ('call' in item) return 'fc'
  return 'actions' in item ? 'cu' : 'msg'
}
