import type { ItemRecord, StoredItem } from '../contract/responses/items.ts'
import type { ResponseRecord } from '../contract/responses/response.ts'
import { isTerminal } from '../contract/run-status.ts'
import type { Reader } from '../store/database.ts'
import { entryPlace } from '../store/entries-before.ts'
import { itemsOfRun } from '../store/items.ts'
import { SaidBefore } from '../store/said-before.ts'
import { countNotOwn, sizeOf } from './fit-turns.ts'
import { toTurns, type Turn } from './to-turns.ts'

/**
 * The ids of the items that were sent as the turn with this number, which had this size in tokens. None where the
 * conversation is another one by now.
 */
export type SentItems = (number: number, size: number) => string[]

/** `own` are the items that the response has given, and `oldest` is the lowest number of a turn that is asked for. */
export async function readSentItems(
  db: Reader,
  run: ResponseRecord,
  { own, oldest }: { own: readonly ItemRecord[]; oldest: number },
): Promise<SentItems> {
  const { before, input } = await readerOf(db, run, own)
  const said = own
    .filter(({ part, body }) => part === 'output' || body.told !== undefined)
    .map(({ body }) => ({ stored: body, own: true }))
  let earlier: StoredItem[] = []
  for (let portions = 1; ; portions *= 2) {
    const turns = toTurns([...[...earlier, ...input].map((stored) => ({ stored, own: false })), ...said])
    const ownFrom = countNotOwn(turns)
    // One turn more, because the oldest of those that were read may not be whole.
    if (before.isAll || ownFrom > -oldest) return (number, size) => idsOf(turns[ownFrom + number], size)
    for (let count = 0; count < portions; count++) earlier = [...(await before.next()), ...earlier]
  }
}

/** A conversation has the items of a response, with its input, when that is over. */
async function readerOf(
  db: Reader,
  run: ResponseRecord,
  own: readonly ItemRecord[],
): Promise<{ before: SaidBefore; input: StoredItem[] }> {
  const { thread_id: threadId, project, seq } = run
  const first = own.find(({ part }) => part === 'output')
  if (threadId !== null && isTerminal(run.status) && first) {
    const place = await entryPlace(db, { id: threadId, project }, first.id)
    if (place) return { before: new SaidBefore(db, run, { from: place }), input: [] }
  }
  const input = await itemsOfRun(db, seq, ['input'])
  return { before: new SaidBefore(db, run), input: input.map(({ body }) => body) }
}

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
