import {
  isCall,
  isCallOutput,
  type CallItem,
  type CallOutputItem,
  type NewItem,
  type StoredItem,
} from '../contract/responses/items.ts'
import { noCallFor, noOutputFor, type OfCall } from '../errors/response-errors.ts'

/**
 * Every call needs its output before the model speaks again, and every output its call. The calls of a response that was
 * cancelled are no longer shown to anybody, so they need none.
 */
export function refuseOpenCalls(
  input: NewItem[],
  { before, wasCancelled }: { before: { body: StoredItem }[]; wasCancelled: boolean },
): void {
  // What a compaction has kept is there as well.
  const items = [...before, ...input]
    .flatMap(({ body }) => [...(body.compacted?.kept ?? []), body])
    .map(({ item }) => item)
  const answered = new Set(items.filter(isCallOutput).map(({ call_id }) => call_id))
  // A call that was cut off is not made by anybody.
  const open = (wasCancelled ? input.map(({ body }) => body.item) : items)
    .filter(isCall)
    .find(({ call_id, status }) => status !== 'incomplete' && !answered.has(call_id))
  if (open) throw noOutputFor(kindOf(open), open.call_id)
  const called = new Set(items.filter(isCall).map(({ call_id }) => call_id))
  const orphan = input
    .map(({ body }) => body.item)
    .filter(isCallOutput)
    .find(({ call_id }) => !called.has(call_id))
  if (orphan) throw noCallFor(kindOf(orphan), orphan.call_id)
}

/** What errors call a call or its output. */
export const kindOf = ({ type }: { type: (CallItem | CallOutputItem)['type'] }): OfCall =>
  type.startsWith('computer')
    ? 'computer call'
    : type.startsWith('custom')
      ? 'custom tool call'
      : 'function call'
