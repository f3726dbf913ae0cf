import type { ItemRecord } from '../contract/responses/items.ts'
import type { ResponseRecord } from '../contract/responses/response.ts'
import { isTerminal } from '../contract/run-status.ts'
import type { Reader } from '../store/database.ts'
import { sizeOf } from './fit-turns.ts'
import { readBefore } from './read-before.ts'
import { toTurns, type Turn } from './to-turns.ts'

/**
 * The ids of the items that were sent as the turn with this number, which had this size in tokens. None where the
 * conversation is another one by now.
 */
export type SentItems = (number: number, size: number) => string[]

/** `own` are the items that the response has given. */
export async function readSentItems(
  db: Reader,
  run: ResponseRecord,
  own: readonly ItemRecord[],
): Promise<SentItems> {
  const { earlier, input } = await readBefore(db, run)
  const before = [...earlier, ...input]
  // A conversation has the items of a response when that is over.
  const isIn = run.thread_id !== null && isTerminal(run.status)
  const items = isIn
    ? before.slice(
        0,
        before.findIndex(({ body }) => isFirst(body, own)),
      )
    : before
  const turns = toTurns([
    ...items.map(({ body }) => ({ stored: body, own: false })),
    ...own
      .filter(({ part, body }) => part === 'output' || body.told !== undefined)
      .map(({ body }) => ({ stored: body, own: true })),
  ])
  return (number, size) => idsOf(turns[number], size)
}

const isFirst = ({ item }: ItemRecord['body'], own: readonly ItemRecord[]) => item.id === own[0]?.id

/** Calls that came later stand in the same turn, and were not sent with it then. */
function idsOf(turn: Turn | undefined, size: number): string[] {
  if (!turn) return []
  if (sizeOf(turn.turn) === size) return turn.ids.flat()
  if (turn.turn.speaker !== 'tools') return []
  for (let count = turn.turn.calls.length - 1; count > 0; count--) {
    const calls = turn.turn.calls.slice(0, count)
    if (sizeOf({ ...turn.turn, calls }) === size) return turn.ids.slice(0, count + 1).flat()
  }
  return []
}
