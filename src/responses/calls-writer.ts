import type { NewItem } from '../contract/responses/items.ts'
import type { RunUsage } from '../contract/runs.ts'
import type { CallsWriter, TextWriter } from '../engine/transcript.ts'
import { newCallId } from '../common/ids.ts'
import type { Call } from '../tools/tool.ts'
import type { ToolSet } from '../tools/tool-set.ts'
import { opening } from '../contract/responses/opening.ts'
import { shownItem } from '../contract/responses/shown-item.ts'
import { eventData, itemEvent, type ResponsesEvent } from './events.ts'
import type { ItemKind, KindEvent } from './item-kind.ts'
import { functionKind } from './function-kinds.ts'
import { itemKinds } from './item-kinds.ts'
import type { Output } from './output.ts'
import { ShownInOrder } from './shown-in-order.ts'

interface OpenCall {
  name: string
  type: string
  call: Call
  call_id: string
  record: NewItem
  /** Undefined when the model has called what it was not offered: callers are not shown that. */
  kind: ItemKind | undefined
  /** True of a call of which nothing is shown until it is certain that the caller has to allow it. */
  asks: boolean
}

export interface ApprovedCalls extends CallsWriter {
  /** `approval` is as in `RunTool.begin`. */
  begin(name: string, approval?: string): number
  /** Something else is shown next: the call for the caller that came last is done. */
  pause(): void
}

/** How the writer of the calls tells what has become of them. */
export interface CallsEnd {
  /** Writes what is there by now soon. Resolves when it is on disk, if it has to be. */
  save(usage: RunUsage, until: 'soon' | 'on disk'): Promise<void>
  /** All calls have ended. */
  complete(usage: RunUsage): Promise<void>
  /** The caller has to answer, with which the response is over. */
  wait(): Promise<void>
}

/**
 * The calls of one turn of the model. Each one is an item, and is done before the next one is shown. Until then the item is
 * hidden, so that a call which was never shown is no part of the output when the turn breaks off.
 */
export function openCallItems(
  output: Output,
  tools: ToolSet,
  { id, late, end }: { id: string; late: TextWriter; end: CallsEnd },
): ApprovedCalls {
  const open: OpenCall[] = []
  const order = new ShownInOrder()
  /** The call for the caller whose arguments came last. It is done when the model goes on, and cut off where it may not. */
  let last: number | undefined

  const place = ({ record }: OpenCall) => ({ item_id: record.id, output_index: record.output_index ?? 0 })

  function showEvents(at: number, one: OpenCall, given: KindEvent[]): void {
    for (const { event, data, grows } of given)
      order.show(at, () => output.show(event, { ...place(one), ...data }, grows ? one.record.id : undefined))
  }

  function reveal(at: number, one: OpenCall, kind: ItemKind): void {
    const item = shownItem(opening(one.record.body.item), output.run.request.include)
    order.show(at, () => {
      output.reveal(one.record)
      const { output_index } = one.record
      output.show('response.output_item.added', { output_index, item })
    })
    if (kind.added) showEvents(at, one, [{ event: kind.added }])
  }

  function endLast(): void {
    const one = last === undefined ? undefined : open[last]
    if (last !== undefined && one) showDone(last, one)
    last = undefined
  }

  function showDone(at: number, { record }: OpenCall): void {
    complete(record)
    const item = structuredClone(record.body.item)
    order.show(at, () => {
      const given = itemEvent(output.run, 'response.output_item.done', { ...record, body: { item } })
      output.show(given.event, eventData(given))
    })
    order.done(at)
  }

  /** The calls before one that has run are done, so nothing of it is held back. */
  async function showEnd(at: number, one: OpenCall, given: KindEvent[]): Promise<void> {
    const events: ResponsesEvent[] = given.map(({ event, data }) => ({
      event,
      data: { ...place(one), ...data },
    }))
    events.push(itemEvent(output.run, 'response.output_item.done', one.record))
    await output.write(
      open.map(({ record }) => record),
      events,
    )
    order.done(at)
  }

  function settle(at: number, one: OpenCall, text: string): void {
    const { call, kind, record } = one
    const delta = call.settle(text)
    if (!kind) {
      functionKind.settled(record.body.item, call)
      complete(record)
      return order.done(at)
    }
    if (delta) showEvents(at, one, kind.argued(delta))
    showEvents(at, one, kind.settled(record.body.item, call))
    if (!kind.served) last = at
  }

  return {
    id,
    late,
    get calls() {
      return open.map(({ call }) => call)
    },
    begin(name, approval) {
      endLast()
      const { type, call } = tools.begin(name, approval)
      const call_id = newCallId()
      const offered = tools.offered(name) ? itemKinds[type] : undefined
      const asks = call.asksFirst === true && offered?.asking !== undefined
      const kind = asks ? offered?.asking : offered
      const made = (kind ?? functionKind).begin({
        name: nameOf(call, name),
        call_id,
        call,
        approval,
        run: output.run,
      })
      const record = output.hide(made)
      record.body.turn = output.run.state.turns ?? 0
      if (approval !== undefined) record.body.approval = approval
      const one: OpenCall = { name, type, call, call_id, record, kind, asks }
      const at = open.push(one) - 1
      if (kind && !asks) reveal(at, one, kind)
      return at
    },
    describe(at) {
      const { call_id, type: tool, name, record } = open[at] ?? {}
      return { step_id: record?.id, call_id, tool, name }
    },
    pause: endLast,
    argue(at, piece) {
      if (at !== last) endLast()
      const one = open[at]
      const delta = one?.call.argue(piece)
      if (delta && one?.kind) showEvents(at, one, one.kind.argued(delta))
    },
    settle(at, text) {
      endLast()
      const one = open[at]
      if (one) settle(at, one, text)
    },
    mark(at, metadata) {
      const one = open[at]
      if (one) one.record.body.provider = metadata
    },
    reasoned() {
      // Reasoning is items of its own, which were written as it came.
    },
    started(at) {
      const one = open[at]
      const served = one?.kind?.served
      if (served) showEvents(at, one, served.started(one.record.body.item))
    },
    show() {
      // An item shows what a call has given when it is done.
    },
    async settled(at, outcome) {
      const one = open[at]
      if (!one) return
      if ('toolResult' in outcome) one.record.body.told = outcome.toolResult
      if (one.asks && one.kind) {
        // What cannot be asked for is told to the model alone.
        if ('toolResult' in outcome) return order.done(at)
        reveal(at, one, one.kind)
      }
      const served = one.kind?.served
      if (served) await showEnd(at, one, served.ended(one.record.body, one.call, outcome))
    },
    ...end,
    save(usage, until) {
      endLast()
      return end.save(usage, until)
    },
  }
}

function complete({ body: { item } }: NewItem): void {
  if ('status' in item) item.status = 'completed'
}

/** The name by which the caller knows the function, which the model may have written in another way. */
function nameOf(call: Call, given: string): string {
  const { name } = call.details as { name?: unknown }
  return typeof name === 'string' ? name : given
}
