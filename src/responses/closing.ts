import {
  isCall,
  isHostedCall,
  isServedCall,
  type MessageItem,
  type NewItem,
  type StoredItem,
} from '../contract/responses/items.ts'
import type { ResponseRecord } from '../contract/responses/response.ts'
import { itemEvent, type ResponsesEvent } from './events.ts'

type Record = Pick<NewItem, 'body' | 'output_index'>

/** The events that close an item as it is now. */
export const closingEvents = (run: ResponseRecord, record: Record): ResponsesEvent[] => [
  ...partDone(run, record),
  itemEvent(run, 'response.output_item.done', record),
]

/** A compaction is shown when it is there. */
export const compactionEvents = (run: ResponseRecord, record: Record): ResponsesEvent[] => [
  itemEvent(run, 'response.output_item.added', record),
  itemEvent(run, 'response.output_item.done', record),
]

/** The events that end the last part of a message. Other items have none. */
export function partDone(run: ResponseRecord, record: Record): ResponsesEvent[] {
  const { item } = record.body
  const content = item.type === 'message' ? (item as MessageItem).content : []
  const last = content.length - 1
  if (last < 0) return []
  const done = content[last]?.type === 'refusal' ? 'response.refusal.done' : 'response.output_text.done'
  return [itemEvent(run, done, record, last), itemEvent(run, 'response.content_part.done', record, last)]
}

const openStatuses: ReadonlySet<string> = new Set(['in_progress', 'searching', 'interpreting', 'generating'])

/** Whether something of an item is still to come. */
export const isOpen = ({ item, isAwaited }: StoredItem): boolean =>
  isAwaited === true ||
  ((item.type === 'message' || isCall(item) || isServedCall(item)) && openStatuses.has(item.status))

/** Marks an item as broken off. */
export function breakOff(stored: StoredItem): void {
  const { item } = stored
  delete stored.isAwaited
  if (item.type === 'mcp_list_tools') item.error = 'The server was not waited for to the end.'
  else if (isHostedCall(item)) item.status = 'failed'
  else if ('status' in item) item.status = 'incomplete'
}

/** Withdraws what broke off in the output, after it was closed as incomplete, and returns it with the events of that. */
export function withdrawUnfinished(
  run: ResponseRecord,
  items: readonly NewItem[],
): { events: ResponsesEvent[]; withdrawn: NewItem[] } {
  const shown = items.filter(({ part }) => part === 'output')
  const open = shown.filter(({ body }) => isOpen(body))
  // A turn with something for the caller to answer ends the response, so where there is any, it has broken off.
  const unanswered = shown.filter(
    ({ body: { item } }) => isCall(item) || item.type === 'mcp_approval_request',
  )
  const events: ResponsesEvent[] = []
  for (const one of open) {
    breakOff(one.body)
    events.push(...closingEvents(run, one))
  }
  const withdrawn = [...new Set([...open, ...unanswered])]
  for (const one of withdrawn) one.part = 'withdrawn'
  return { events, withdrawn }
}
