import { nowSeconds } from '../common/clock.ts'
import { tokensOf } from '../contract/costs.ts'
import type { ItemRecord, NewItem, StoredItem } from '../contract/responses/items.ts'
import type { ResponseRecord } from '../contract/responses/response.ts'
import type { ModelTokens } from '../contract/response-chain.ts'
import { sumUsage } from '../contract/usage.ts'
import type { RunEnd } from '../engine/transcript.ts'
import { outOfTime } from '../errors/response-errors.ts'
import type { Transaction } from '../store/database.ts'
import { addEntries } from '../store/conversation-items.ts'
import { countTo } from '../store/usage/count-usage.ts'
import { inputOfRun, itemsOfRun, saveItems } from '../store/items.ts'
import type { RunLog } from '../store/run-log.ts'
import { addToThread, usedInThread } from '../store/usage/spending.ts'
import { hasThread } from '../store/threads.ts'
import { writeRun, type RunChange } from '../store/runs.ts'
import { breakOff, closingEvents, isOpen } from './closing.ts'
import { withFreeIds } from './free-ids.ts'
import { lastEvent, type ResponsesEvent } from './events.ts'
import { restoreText } from './restore-text.ts'

interface SoFar extends Pick<RunChange, 'numbered' | 'notes'> {
  /** These are written before the events of the end. */
  events?: ResponsesEvent[]
  /** The items of the output as they are now. When left out, they are read from disk. */
  items?: NewItem[]
  /** Its input, where that has new ids. When left out, it is read from disk. */
  input?: StoredItem[] | undefined
  /** What was used in its conversation before. When left out, it is read where it is not noted yet. */
  used?: ModelTokens[] | undefined
}

/**
 * Ends a response and everything that belongs to it: what is open of its output becomes incomplete, and the last event
 * shows the whole response.
 */
export async function endResponse(
  tx: Transaction,
  log: RunLog,
  run: ResponseRecord,
  end: RunEnd,
  { numbered, notes = [], events: before = [], items: known, input, used }: SoFar = {},
): Promise<ResponseRecord> {
  // Copies: a transaction may be begun again.
  const items = structuredClone(known ?? (await itemsOfRun(tx, run.seq, ['output'])))
  const events = [...before]
  const open = items.filter(({ part, body }) => part === 'output' && isOpen(body))
  for (const one of open) {
    if (!known) await restoreText(tx, run, one.body.item)
    breakOff(one.body)
    events.push(...closingEvents(run, one))
  }
  saveItems(tx, open)

  const moves = end.status === 'cancelled' && run.status !== 'cancelling' ? ['cancelling' as const] : []
  const usage = sumUsage([run.state.usage, run.state.refused_usage ?? null])
  const { counted, count } = countTo(run, { requests: run.state.model_requests ?? 0, usage })
  count(tx)
  const thread = await threadOf(tx, run, input)
  const noted = notesUsed(run) && {
    first: run.thread_id,
    used: used ?? (await usedInThread(tx, run.thread_id)),
  }
  const chain = noted && { chain: noted }
  if (usage.total_tokens > 0 && thread)
    addToThread(tx, thread.id, { model: run.request.model, ...tokensOf(usage) })
  const state = endState({ ...run, state: { ...run.state, ...chain, usage, counted } }, end, nowSeconds())
  const ended: ResponseRecord = { ...run, status: end.status, cancel_requested: false, state }
  if (end.status === 'failed' || end.status === 'expired') events.push(errorEvent(ended))
  const output = items.filter(({ part }) => part === 'output') as ItemRecord[]
  // What was said in a conversation belongs to it when the response is over, all at once.
  if (thread && (end.status === 'completed' || end.status === 'incomplete'))
    addEntries(tx, thread, [...thread.input, ...output.map(({ body }) => body)], nowSeconds())
  return writeRun(tx, log, run, {
    ...(numbered && { numbered }),
    notes,
    events: [...events, lastEvent(ended, output)],
    moves: [...moves, end.status],
    state,
  })
}

/**
 * The thread that is the conversation of a response, with the input of the response. Where the input is known it may have been
 * deleted, and then nothing is added to it.
 */
async function threadOf(
  tx: Transaction,
  { seq, id: of, project, thread_id: id }: ResponseRecord,
  known: StoredItem[] | undefined,
) {
  if (id === null) return undefined
  if (known) return { id, project, input: known }
  const [isThere, { input, taken }] = await Promise.all([hasThread(tx, project, id), inputOfRun(tx, seq)])
  // The ids of the output are new. Those of the input may be of another conversation.
  return isThere ? { id, project, input: withFreeIds(input, { taken, of }) } : undefined
}

/**
 * Whether the end of a response notes what was used in its conversation before. It is noted when the response is written, where
 * more is read then, but not for good where others have used something while it has waited.
 */
export const notesUsed = (run: ResponseRecord): run is ResponseRecord & { thread_id: string } =>
  run.thread_id !== null && (run.state.waited === true || run.state.chain === undefined)

function endState(run: ResponseRecord, end: RunEnd, at: number): ResponseRecord['state'] {
  const { state } = run
  switch (end.status) {
    case 'completed':
      return { ...state, completed_at: at }
    case 'incomplete':
      return { ...state, completed_at: at, incomplete_details: { reason: end.reason } }
    case 'cancelled':
      return { ...state, cancelled_at: at }
    default:
      return { ...state, failed_at: at, last_error: end.error ?? outOfTime }
  }
}

/** Clients of the original read the error here, and the response with it in the event that follows. */
function errorEvent({ state: { last_error: error } }: ResponseRecord): ResponsesEvent {
  const { code, message } = error ?? outOfTime
  const type = /^(invalid|context_length)/.test(code) ? 'invalid_request_error' : code
  return { event: 'error', data: { error: { type, code, message, param: null } } }
}
