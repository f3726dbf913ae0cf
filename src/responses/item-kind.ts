import type { Item, StoredItem } from '../contract/responses/items.ts'
import type { ResponseRecord } from '../contract/responses/response.ts'
import type { Call, Delta, Outcome } from '../tools/tool.ts'
import type { EventName } from './events.ts'

type WithoutId<Kind> = Kind extends Item ? Omit<Kind, 'id'> : never

/** An event of an item, with what it has besides the item's id and place. */
export interface KindEvent {
  event: EventName
  data?: object
  /** True of a delta, which adds to the one before. */
  grows?: boolean
}

/** A call that begins. `name` is that of the function as the caller knows it. */
export interface BegunCall {
  name: string
  call_id: string
  call: Call
  run: ResponseRecord
  /** The id of the request with which the caller has approved the call. */
  approval?: string | undefined
}

/** How the calls of one tool are shown as items. */
export interface ItemKind {
  /** The item of a call that begins. */
  begin(call: BegunCall): WithoutId<Item>
  /** The event after `response.output_item.added`, where there is one. */
  added?: EventName
  /** What is shown of a piece of the arguments. */
  argued(delta: Delta): KindEvent[]
  /** All arguments are there. */
  settled(item: Item, call: Call): KindEvent[]
  /** How a call is shown that waits for the caller to allow it. It is shown only once that is certain. */
  asking?: ItemKind
  /** How the item goes on where the server runs the call. Others are done with their arguments. */
  served?: ServedKind
}

export interface ServedKind {
  /** The call begins to run. */
  started(item: Item): KindEvent[]
  /** The call has ended. Completes the item, and returns what is shown before `response.output_item.done`. */
  ended(stored: StoredItem, call: Call, outcome: Outcome): KindEvent[]
  /** What the tool needs of a call that has ended, where it looks at the calls of the run (`ToolContext.ended`). */
  details?(stored: StoredItem): object
}
