import type { Item, ItemRecord, MessageItem } from '../contract/responses/items.ts'
import { logprobsOfEvent } from '../contract/responses/logprobs.ts'
import { opening } from '../contract/responses/opening.ts'
import { toResponse, type ResponseRecord } from '../contract/responses/response.ts'
import { shownItem, type Include } from '../contract/responses/shown-item.ts'
import type { Kept } from '../contract/run-events.ts'
import { isTerminal, type RunStatus } from '../contract/run-status.ts'
import type { WebhookEvent, WebhookEventType } from '../contract/webhooks.ts'
import type { EventShapes } from '../store/run-log.ts'

/** Where an item, or a part of one, stands. */
export interface Place {
  output_index: number
  content_index?: number
}

/**
 * An event of a stream: about the response as it is at this moment, about an item, or with data of its own. Types and
 * numbers are no part of the data, because the log has them beside it.
 */
export type ResponsesEvent = { event: EventName } & (
  | { run: ResponseRecord; output: Pick<ItemRecord, 'body'>[] }
  | { item: Item; place: Place; include: readonly Include[] }
  | { data: object }
)

export type EventName = LifecycleEvent | ItemEvent | 'error' | `response.${string}.${string}`

type LifecycleEvent =
  | 'response.created'
  | 'response.queued'
  | 'response.in_progress'
  | 'response.completed'
  | 'response.failed'
  | 'response.incomplete'

/** Events whose data follows from the item that they tell of. */
type ItemEvent =
  | 'response.output_item.added'
  | 'response.output_item.done'
  | 'response.content_part.done'
  | 'response.output_text.done'
  | 'response.refusal.done'

const show = (given: ResponsesEvent): string => JSON.stringify(eventData(given))

/** The data of an event, without its type and number. */
export function eventData(given: ResponsesEvent): object {
  if ('run' in given) return { response: toResponse(given.run, given.output) }
  return 'item' in given ? dataOf(given.event, given) : given.data
}

/** An event that tells of an item as it is now, or of one part of its content. */
export const itemEvent = (
  run: ResponseRecord,
  event: EventName,
  { body, output_index }: Pick<ItemRecord, 'body' | 'output_index'>,
  content_index?: number,
): ResponsesEvent => ({
  event,
  item: body.item,
  place: { output_index: output_index ?? 0, ...(content_index !== undefined && { content_index }) },
  include: run.request.include,
})

function dataOf(
  event: string,
  { item, place, include }: { item: Item; place: Place; include: readonly Include[] },
): object {
  const { output_index, content_index = 0 } = place
  const at = { item_id: item.id, output_index, content_index }
  const partOf = () => (shownItem(item, include) as MessageItem).content?.[content_index]
  switch (event) {
    case 'response.output_item.added':
      return { output_index, item: shownItem(opening(item), include) }
    case 'response.output_item.done':
      return { output_index, item: shownItem(item, include) }
    case 'response.content_part.done':
      return { ...at, part: partOf() }
    case 'response.output_text.done':
      return { ...at, ...textOf(partOf(), include) }
    case 'response.refusal.done':
      return { ...at, ...refusalOf(partOf()) }
    default:
      throw new Error(`the data of ${event} does not follow from its item`)
  }
}

type Part = MessageItem['content'][number]

const textOf = (part: Part | undefined, include: readonly Include[]) =>
  part?.type === 'output_text'
    ? { text: part.text, logprobs: logprobsOfEvent(part.logprobs, include) }
    : { text: '', logprobs: [] }

const refusalOf = (part: Part | undefined) => ({ refusal: part?.type === 'refusal' ? part.refusal : '' })

/** What the response and its items have at the end never changes, so the log does not have it a second time. */
function keep(given: ResponsesEvent): Kept {
  if ('run' in given) return { subject: 'run', data: '{}' }
  if ('item' in given) return { subject: given.item.id, data: JSON.stringify(given.place) }
  return { subject: null, data: show(given) }
}

/** The rows that events tell of, as they are now. */
export interface EventRows {
  run: ResponseRecord
  items: Map<string, ItemRecord>
}

/** Restores the data of a stored event as it was shown. Undefined where its item is gone. */
export function recallEvent(event: string, kept: Kept, { run, items }: EventRows): string | undefined {
  if (kept.subject === null) return kept.data
  if (kept.subject === 'run') {
    const output = [...items.values()].filter(({ part }) => part === 'output')
    return show({ event: event as LifecycleEvent, run: asItWas(event, run), output })
  }
  const item = items.get(kept.subject)?.body.item
  if (!item) return undefined
  const place = JSON.parse(kept.data) as Place
  return show({ event: event as ItemEvent, item, place, include: run.request.include })
}

/** The response at the time of one of its first events. */
export function asItWas(event: string, run: ResponseRecord): ResponseRecord {
  const first = { ...run, cancel_requested: false }
  switch (event) {
    case 'response.created':
      return { ...first, status: run.request.background ? 'queued' : 'in_progress' }
    case 'response.queued':
      return { ...first, status: 'queued' }
    case 'response.in_progress':
      return { ...first, status: 'in_progress' }
    default:
      return run
  }
}

export const createdEvents = (run: ResponseRecord): ResponsesEvent[] =>
  (['response.created', 'response.queued'] as const)
    .filter((event) => event === 'response.created' || run.request.background)
    .map((event) => ({ event, run: asItWas(event, run), output: [] }))

/** The events of the end are written by whoever ends the response, because they show its output. */
function moved(run: ResponseRecord): ResponsesEvent | undefined {
  if (run.status !== 'in_progress') return undefined
  return { event: 'response.in_progress', run: asItWas('response.in_progress', run), output: [] }
}

/** Only responses in the background are told of: for the others somebody waits. */
function webhook({ id, status, request }: ResponseRecord): WebhookEvent | undefined {
  const told = webhooks[status]
  return told && request.background ? { type: told, data: { id } } : undefined
}

const webhooks: { [Status in RunStatus]?: WebhookEventType } = {
  completed: 'response.completed',
  failed: 'response.failed',
  expired: 'response.failed',
  cancelled: 'response.cancelled',
  incomplete: 'response.incomplete',
}

/**
 * How events of the Responses API are stored and shown. A stream in the background can be read again from any number, so
 * its readers see nothing that may still be lost.
 */
export const responsesEvents: EventShapes = {
  keep,
  show,
  moved,
  webhook,
  showsEarly: (run) => !(run as ResponseRecord).request.background,
}

const lastEvents: ReadonlySet<string> = new Set<LifecycleEvent>([
  'response.completed',
  'response.failed',
  'response.incomplete',
])
export const endsResponse = (event: string): boolean => lastEvents.has(event)

/** The last event of a response that has ended. There is none for a cancelled one: its last event shows it as it is. */
export function lastEvent(run: ResponseRecord, output: ItemRecord[]): ResponsesEvent {
  if (!isTerminal(run.status)) throw new Error('the response has not ended')
  const event =
    run.status === 'completed' || run.status === 'incomplete'
      ? (`response.${run.status}` as const)
      : 'response.failed'
  return { event, run, output }
}
