import type { Run } from '../api/run.ts'
import type { Message } from '../api/thread.ts'
import type { ConversationPage } from './conversation-query.ts'

export type Entry =
  | {
      type: 'message'
      id: string
      message: Message
      run: Run | undefined
      /** The earlier message of the same run. What happened in between is shown before this one. */
      previous: string | undefined
      /** Whether it is the last one of its run: how the run ended is shown after it. */
      ends: boolean
    }
  /** A run without a message: it has failed, or works, or waits. */
  | { type: 'run'; id: string; run: Run }

/** Messages and runs in one order. */
export function conversationEntries(pages: ConversationPage[], order: 'asc' | 'desc'): Entry[] {
  const messages = unique(pages.flatMap((page) => page.messages))
  const runs = new Map(pages.flatMap((page) => page.runs).map((run) => [run.id, run]))
  const inTime = order === 'asc' ? messages : messages.toReversed()
  const lastOf = new Map(inTime.map(({ run_id, id }) => [run_id, id]))
  const previousOf = new Map<string, string>()
  const entries: Entry[] = []
  // Messages keep the order of the API; runs without one are put between them by their time.
  const alone = [...runs.values()]
    .filter(({ id }) => !lastOf.has(id))
    .toSorted((one, other) => one.created_at - other.created_at)
  for (const message of inTime) {
    while (alone[0] && alone[0].created_at < message.created_at) {
      const run = alone.shift()!
      entries.push({ type: 'run', id: run.id, run })
    }
    const { id, run_id } = message
    entries.push({
      type: 'message',
      id,
      message,
      run: runs.get(run_id ?? ''),
      previous: previousOf.get(run_id ?? ''),
      ends: run_id !== null && lastOf.get(run_id) === id,
    })
    if (run_id) previousOf.set(run_id, id)
  }
  entries.push(...alone.map((run): Entry => ({ type: 'run', id: run.id, run })))
  return order === 'asc' ? entries : entries.toReversed()
}

const unique = (messages: Message[]) => [...new Map(messages.map((one) => [one.id, one])).values()]
