import { prefixOf, type Item, type NewItem } from '../contract/responses/items.ts'
import type { ResponseRecord } from '../contract/responses/response.ts'
import type { RunUsage } from '../contract/runs.ts'
import type { Opened, Recorder } from '../engine/recorder.ts'
import { newItemId } from '../common/ids.ts'
import { countTo } from '../store/usage/count-usage.ts'
import type { Transaction } from '../store/database.ts'
import { saveItems } from '../store/items.ts'
import { itemEvent, type EventName, type ResponsesEvent } from './events.ts'

type WithoutId<Kind> = Kind extends Item ? Omit<Kind, 'id'> : never

/** The items that a response gives, as they grow. The holder of the lease is their only writer. */
export class Output {
  readonly items: NewItem[]
  readonly #recorder: Recorder<ResponseRecord>
  readonly #opened = new Map<NewItem, Opened>()

  constructor(recorder: Recorder<ResponseRecord>, items: NewItem[]) {
    this.#recorder = recorder
    this.items = items
  }

  get run(): ResponseRecord {
    return this.#recorder.run
  }

  /** Adds an item, which is stored with the next write that takes `rows`. */
  add(item: WithoutId<Item>): NewItem {
    const added = this.hide(item)
    this.reveal(added)
    return added
  }

  /** Adds an item that is not shown, or not yet. */
  hide(item: WithoutId<Item>): NewItem {
    const { id: responseId, project, seq: run } = this.run
    const id = newItemId(prefixOf(item.type), responseId)
    const body = { item: { id, ...item } as Item }
    const hidden: NewItem = { id, project, run, part: 'hidden', output_index: null, body }
    this.items.push(hidden)
    return hidden
  }

  /** Gives a hidden item its place in the output, which is after all that were shown before. */
  reveal(item: NewItem): void {
    item.output_index = this.items.filter((one) => one.output_index !== null).length
    item.part = 'output'
    const at = this.items.indexOf(item)
    const last = this.items.findLastIndex((one) => one !== item && one.output_index !== null)
    if (last > at) this.items.splice(last, 0, ...this.items.splice(at, 1))
  }

  /** Shows an event now. It goes to disk with the next batch. `of` is what a delta adds to. */
  show(event: EventName, data: object, of?: string): void {
    this.#recorder.delta(event, data, of)
  }

  /** Shows events after they and the items are on disk, where readers find the items as they are now. */
  write(items: readonly NewItem[], events: ResponsesEvent[]): Promise<void> {
    return this.#recorder.write({ events, rows: this.rows(items), gotOn: true })
  }

  /** Shows that there is an item, once it is on disk, and what is shown after this not before. */
  open(item: NewItem): void {
    const begun = structuredClone(item)
    const opened = this.#recorder.open({
      events: [itemEvent(this.run, 'response.output_item.added', item)],
      rows: (tx, as) => saveItems(tx, [as === 'begun' ? begun : item]),
    })
    this.#opened.set(item, opened)
  }

  /** Whether the item could not be written. */
  isGivenUp(item: NewItem): boolean {
    return this.#opened.get(item)?.isGivenUp ?? false
  }

  /** Forgets items that could not be written, and that nobody has been shown. */
  forgetGivenUp(): void {
    const kept = this.items.filter((item) => !this.isGivenUp(item))
    this.items.splice(0, this.items.length, ...kept)
  }

  /** Writes items that are done, and counts what the response has spent by then. */
  writeDone(
    items: readonly NewItem[],
    events: ResponsesEvent[],
    spent: { usage: RunUsage; turns: number },
  ): Promise<void> {
    const { run } = this
    const { counted, count } = countTo(run, { requests: run.state.model_requests ?? 0, usage: spent.usage })
    const save = this.rows(items)
    const rows = (tx: Transaction) => {
      save(tx)
      count(tx)
    }
    return this.#recorder.write({ events, rows, gotOn: true, state: { ...spent, counted } })
  }

  /** Writes these items with the next batch of events. */
  soon(items: readonly NewItem[]): void {
    this.#recorder.soon(this.rows(items))
  }

  /** The rows of these items as they are now, for a write. */
  rows(items: readonly NewItem[]): (tx: Transaction) => void {
    return (tx) => saveItems(tx, items)
  }
}
