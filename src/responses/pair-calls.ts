import {
  isCall,
  isCallOutput,
  type CallItem,
  type CallOutputItem,
  type Item,
} from '../contract/responses/items.ts'

export interface PairedCall {
  /** An id that no other call of the conversation has. */
  id: string
  output: CallOutputItem | undefined
}

/**
 * The output of each call. Clients and models of other servers begin to count their ids anew with each turn, so an output
 * answers the first call before it that has its id and no output yet. Of several outputs of one call the newest counts, and one
 * that stands before its call is that of the next.
 */
export function pairCalls(items: Iterable<Item>): Map<CallItem, PairedCall> {
  const pairs = new Map<CallItem, PairedCall>()
  const ofId = new Map<string, { open: PairedCall[]; newest?: PairedCall; early: CallOutputItem[] }>()
  const taken = new Set<string>()
  for (const item of items) {
    if (!isCall(item) && !isCallOutput(item)) continue
    const { call_id: given } = item
    const same = ofId.get(given) ?? { open: [], early: [] }
    ofId.set(given, same)
    if (isCallOutput(item)) {
      const pair = same.open.shift() ?? same.newest
      if (pair) pair.output = item
      else same.early.push(item)
      continue
    }
    const pair = { id: newId(given, taken), output: same.early.shift() }
    if (!pair.output) same.open.push(pair)
    same.newest = pair
    pairs.set(item, pair)
  }
  return pairs
}

/** Providers refuse two calls with one id. */
function newId(given: string, taken: Set<string>): string {
  let id = given
  for (let count = 2; taken.has(id); count++) id = `${given}_${count}`
  taken.add(id)
  return id
}
