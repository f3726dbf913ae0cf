import type { Item, NewItem } from '../contract/responses/items.ts'
import type { RunUsage } from '../contract/runs.ts'
import type { CallsWriter, TextWriter } from '../engine/transcript.ts'
import { newCallId } from '../ids.ts'
import type { Call } from '../tools/tool.ts'
import type { ToolSet } from '../tools/tool-set.ts'
import { opening } from '../contract/responses/items.ts'
import { eventData, itemEvent } from './events.ts'
import { itemKinds, type ItemKind, type KindEvent } from './item-kinds.ts'
import type { Output } from './output.ts'

interface OpenCall {
  name: string
  type: string
  call: Call
  call_id: string
  record: NewItem
  /** Undefined when the model has called what it was not offered: callers are not shown that. */
  kind: ItemKind | undefined
  /** What is to be shown once the calls before this one are done. */
  held: (() => void)[]
  isDone: boolean
}

/** How the writer of the calls tells what has become of them. */
export interface CallsEnd {
  /** Writes what is there by now soon. */
  save(usage: RunUsage): void
  /** All calls have ended. */
  complete(usage: RunUsage): Promise<void>
  /** The caller has to answer, with which the response is over. */
  wait(): Promise<void>
}

/** The calls of one turn of the model. Each one is an item, and is done before the next one is shown. */
export function openCallItems(
  output: Output,
  tools: ToolSet,
  { id, late, end }: { id: string; late: TextWriter; end: CallsEnd },
): CallsWriter {
  const open: OpenCall[] = []
  /** The first call that is not done. */
  let current = 0

  /** Shows something of a call now, or when its turn has come. */
  function show(place: number, what: () => void): void {
    if (place === current) what()
    else open[place]?.held.push(what)
  }

  function done(place: number): void {
    const one = open[place]
    if (!one || one.isDone) return
    one.isDone = true
    while (open[current]?.isDone) {
      current++
      const next = open[current]
      // What is shown of the next one may in turn be all of it.
      for (const what of next?.held.splice(0) ?? []) what()
    }
  }

  function events(place: number, given: KindEvent[]): void {
    const { record } = open[place] ?? {}
    if (!record) return
    const at = { item_id: record.id, output_index: record.output_index ?? 0 }
    for (const { event, data, grows } of given)
      show(place, () => output.show(event, { ...at, ...data }, grows ? record.id : undefined))
  }

  function itemDone(place: number): void {
    const { record } = open[place] ?? {}
    if (!record) return
    const given = itemEvent(output.run, 'response.output_item.done', record)
    const data = eventData(given)
    show(place, () => output.show(given.event, data))
    done(place)
  }

  return {
    id,
    late,
    get calls() {
      return open.map(({ call }) => call)
    },
    begin(name) {
      const { type, call } = tools.begin(name)
      const call_id = newCallId()
      const kind = tools.offered(name) ? itemKinds[type] : undefined
      const made = (kind ?? itemKinds['function'])?.begin({ name: nameOf(call, name), call_id })
      if (!made) throw new Error('calls of functions have no form')
      const record = output.add(made, kind ? 'output' : 'hidden')
      open.push({ name, type, call, call_id, record, kind, held: [], isDone: false })
      const place = open.length - 1
      if (kind) {
        const { output_index } = record
        const item = opening(record.body.item)
        show(place, () => output.show('response.output_item.added', { output_index, item }))
      }
      return place
    },
    describe(place) {
      const { call_id, type: tool, name, record } = open[place] ?? {}
      return { step_id: record?.id, call_id, tool, name }
    },
    argue(place, piece) {
      const { call, kind } = open[place] ?? {}
      const delta = call?.argue(piece)
      if (delta && kind) events(place, kind.argued(delta))
    },
    settle(place, text) {
      const one = open[place]
      if (!one) return
      const { call, kind, record } = one
      const delta = call.settle(text)
      if (!kind) {
        itemKinds['function']?.settled(record.body.item, { arguments: text })
        return done(place)
      }
      if (delta) events(place, kind.argued(delta))
      events(place, kind.settled(record.body.item, call.details))
      if (kind.isCallers) itemDone(place)
    },
    mark(place, metadata) {
      const one = open[place]
      if (one) one.record.body.provider = metadata
    },
    reasoned() {
      // Reasoning is items of its own, which were written as it came.
    },
    show() {
      // What a call of the caller does is not seen here.
    },
    settled(place, outcome) {
      const one = open[place]
      if (one && 'toolResult' in outcome) one.record.body.told = outcome.toolResult
    },
    ...end,
  }
}

/** The name by which the caller knows the function, which the model may have written in another way. */
function nameOf(call: Call, given: string): string {
  const { name } = call.details as { name?: unknown }
  return typeof name === 'string' ? name : given
}

export const isCallOfCaller = (item: Item): boolean =>
  item.type === 'function_call' || item.type === 'custom_tool_call'
