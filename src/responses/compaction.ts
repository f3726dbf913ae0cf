import {
  isCallOutput,
  isServedCall,
  type Compacted,
  type CompactionItem,
  type NewItem,
  type StoredItem,
} from '../contract/responses/items.ts'
import type { RunUsage } from '../contract/runs.ts'
import type { Database } from '../store/database.ts'
import { sealingKey } from '../store/sealing-keys.ts'
import type { Compaction } from '../engine/transcript.ts'
import { compactionEvents } from './closing.ts'
import type { ResponsesEvent } from './events.ts'
import { sizeOfTurns } from './fit-turns.ts'
import type { Output } from './output.ts'
import { seal, unseal } from './seal.ts'
import { textOfTurns } from './text-of-turns.ts'
import type { ReadItem } from './since-compaction.ts'
import { toTurns } from './to-turns.ts'

/** The item of a compaction, unless there is nothing in it, with the events that show it and what it has cost. */
export interface Folded {
  records: NewItem[]
  events: ResponsesEvent[]
  usage: RunUsage
}

interface Context {
  db: Database
  output: Output
  /** Of the model, in tokens. */
  window: number
  /** The newest of what was said so far, with what is being said: as much as is enough, or everything. */
  read: (isEnough: (items: readonly ReadItem[]) => boolean) => Promise<ReadItem[]>
  write: (folded: Folded) => Promise<void>
}

/** How much of the window of a model is filled before its context is compacted, where the caller does not say. */
const windowShare = 0.8

/**
 * Compacts the context of a response: what was said is folded into a summary, and what was said last stays as it is. Undefined
 * where the request does not ask for it.
 */
export function compactionOf({ db, output, window, read, write }: Context): Compaction | undefined {
  const { compact_at: asked } = output.run.request
  if (asked === undefined) return undefined
  const threshold = asked ?? Math.floor(window * windowShare)
  return {
    async isDue() {
      const items = await read((some) => sizeOfAll(some) >= threshold)
      const last = items.at(-1)?.stored.item
      // Only while the model goes on with results: an answer is not held up otherwise.
      return last !== undefined && (isCallOutput(last) || isServedCall(last)) && sizeOfAll(items) >= threshold
    },
    isDueAfter: ({ prompt_tokens, completion_tokens }) => prompt_tokens + completion_tokens >= threshold,
    async read(budget) {
      // One turn more than fits, because the oldest may not be whole.
      const items = await read((some) => sizeOfAll(some.slice(1)) > budget)
      return textOfTurns(toTurns(items), budget)
    },
    async write(summary, usage) {
      if (summary === '') return write({ records: [], events: [], usage })
      const room = threshold * keptShare
      const kept = newest(await read((some) => sizeOfAll(some) > room), room)
      const { run } = output
      const { container } = run.state
      const compacted: Compacted = { summary, kept, replaces: 'everything', ...(container && { container }) }
      const encrypted_content = sealCompaction(await sealingKey(db), run.project, compacted)
      const record = output.add({ type: 'compaction', encrypted_content })
      record.body.compacted = compacted
      await write({ records: [record], events: compactionEvents(run, record), usage })
    },
  }
}

/** How much of the threshold may be left by what is kept as it was said. */
const keptShare = 0.25

const sizeOfAll = (items: readonly ReadItem[]) => sizeOfTurns(toTurns(items))

/**
 * What was said since the user spoke last, with the calls and their outputs. Nothing where that is too long: then a call and its
 * output are both in the summary alone.
 */
function newest(items: readonly ReadItem[], room: number): StoredItem[] {
  const from = items.findLastIndex(({ stored: { item } }) => item.type === 'message' && item.role === 'user')
  const last = items.slice(Math.max(from, 0)).filter(({ stored }) => !stored.compacted)
  return from >= 0 && sizeOfAll(last) <= room ? last.map(({ stored }) => stored) : []
}

export const sealCompaction = (key: Buffer, project: string, compacted: Compacted): string =>
  seal(key, project, compacted)

/** Undefined for what this server has not sealed as a compaction of this project. */
export function unsealCompaction(
  key: Buffer,
  project: string,
  { encrypted_content: content }: CompactionItem,
): Compacted | undefined {
  const found = unseal(key, project, content) as Partial<Compacted> | undefined
  return typeof found?.summary === 'string' && Array.isArray(found.kept) ? (found as Compacted) : undefined
}
