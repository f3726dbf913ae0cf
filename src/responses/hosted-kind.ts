import type { HostedCallItem } from '../contract/responses/items.ts'
import type { ResponseRequest } from '../contract/responses/response.ts'
import type { EventName } from './events.ts'

/** How the calls of one tool that a provider runs are shown as items. */
export interface HostedKind<Kind extends HostedCallItem = HostedCallItem> {
  /** The item of a call that begins. */
  begin(): Omit<Kind, 'id'>
  /** The events after `response.output_item.added`. */
  started: readonly EventName[]
  /** What is shown of what the provider gives before the end. `index` counts from 0. */
  partial?(
    request: ResponseRequest,
    result: unknown,
    index: number,
  ): { event: EventName; data: object } | undefined
  /** Completes the item. Returns the event before `response.output_item.done`, unless the call has failed. */
  ended(item: Kind, request: ResponseRequest, result: unknown): EventName | undefined
}
