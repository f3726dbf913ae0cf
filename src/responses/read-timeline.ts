import type { ItemRecord } from '../contract/responses/items.ts'
import type {
  ResponseContext,
  ResponseContextPart,
  ResponseSpan,
} from '../contract/responses/response-spans.ts'
import { isTerminal } from '../contract/run-status.ts'
import type { ResponseRecord } from '../contract/responses/response.ts'
import { readNotes, type NotedSpan } from '../engine/read-notes.ts'
import type { SentPart } from '../engine/sent-parts.ts'
import type { SentContext } from '../engine/timeline.ts'
import { lastError } from '../errors/last-error.ts'
import type { Reader } from '../store/database.ts'
import { itemsOfRun } from '../store/items.ts'
import { timelineRows, type TimelineRow } from '../store/run-timeline.ts'
import type { EventName } from './events.ts'
import { readSentItems, type SentItems } from './sent-items.ts'

const moves: readonly EventName[] = [
  'response.created',
  'response.queued',
  'response.in_progress',
  'response.completed',
  'response.incomplete',
  'response.failed',
]

interface Wait {
  key: string
  attempt: number
  type: 'queued'
  started_at: number
  ended_at?: number
}

/** What took how long in a response, in the order in which it began. */
export async function readTimeline(db: Reader, run: ResponseRecord): Promise<ResponseSpan[]> {
  const rows = await timelineRows(db, run.id, moves)
  const noted = readNotes(rows)
  const events = rows.filter(({ seq }) => seq > 0)
  const own = await itemsOfRun(db, run.seq, ['output', 'hidden'])
  const contexts = noted.flatMap((span) => ('context' in span && span.context ? [span.context] : []))
  const numbers = contexts.flatMap(({ parts }) => parts.flatMap(numberOf))
  const oldest = numbers.reduce((least, number) => Math.min(least, number), 0)
  const sent = await readSentItems(db, run, { own, oldest })
  return [...waitsOf(events, run), ...noted]
    .map((span) => ({ ...show(span, run, rows), ...(fieldsOf(span, own, sent) as { type: 'queued' }) }))
    .toSorted((one, other) => one.started_at - other.started_at)
}

/** The number of a turn of the conversation. One from long ago has the ids of its items in the place of it. */
const numberOf = ([kind, , number]: SentPart): number[] =>
  kind === 'turn' && typeof number === 'number' ? [number] : []

/** A response waits from its creation until a worker takes it, and after the loss of a server. */
function waitsOf(events: readonly TimelineRow[], run: ResponseRecord): Wait[] {
  const waits: Wait[] = []
  for (const { seq, attempt, event, at } of events) {
    const last = waits.at(-1)
    const isWaiting = last && last.ended_at === undefined
    if (event === 'response.created' || event === 'response.queued') {
      const started_at = at ?? run.created_at * 1_000
      if (!isWaiting) waits.push({ key: `e${seq}`, attempt: attempt + 1, type: 'queued', started_at })
    } else if (isWaiting) last.ended_at = Math.max(at ?? 0, last.started_at)
  }
  return waits
}

/** From milliseconds to seconds with three decimals. */
const seconds = (ms: number) => ms / 1_000

function show(span: Wait | NotedSpan, run: ResponseRecord, rows: readonly TimelineRow[]) {
  const end = endOf(span, run, rows)
  return {
    id: `span_${run.id.slice('resp_'.length)}_${span.key}`,
    object: 'response.span' as const,
    response_id: run.id,
    attempt: span.attempt,
    status: end.status,
    started_at: seconds(span.started_at),
    ended_at: end.at === null ? null : seconds(Math.max(end.at, span.started_at)),
    error: ('error' in span ? span.error : undefined) ?? end.error ?? null,
  }
}

/** What is open ended with the response, or when another attempt began. */
function endOf(
  span: Wait | NotedSpan,
  run: ResponseRecord,
  rows: readonly TimelineRow[],
): { status: ResponseSpan['status']; at: number | null; error?: string } {
  if (span.ended_at !== undefined)
    return { status: ('status' in span && span.status) || 'completed', at: span.ended_at }
  const later = rows.filter(({ attempt }) => attempt > span.attempt).map(({ at }) => at ?? 0)
  if (later.length > 0) return { status: 'failed', at: Math.min(...later), error: lastError.attemptLost }
  if (!isTerminal(run.status)) return { status: 'in_progress', at: null }
  const { completed_at, failed_at, cancelled_at, last_error } = run.state
  const ended = completed_at ?? failed_at ?? cancelled_at ?? run.expires_at
  const at = rows.findLast(({ seq }) => seq > 0)?.at ?? ended * 1_000
  if (run.status === 'failed')
    return { status: 'failed', at, ...(last_error && { error: last_error.message }) }
  return { status: run.status === 'cancelled' || run.status === 'expired' ? 'cancelled' : 'completed', at }
}

function fieldsOf(span: Wait | NotedSpan, own: readonly ItemRecord[], sent: SentItems): object {
  const { type } = span
  if (type === 'tool_call') {
    const { step_id: item_id, call_id, tool, name } = span
    return { type, item_id, call_id, tool, name }
  }
  if (type !== 'model_turn') return { type }
  const { opened = [], model, served_model, provider, first_token_at, finish = null, usage = null } = span
  return {
    type,
    item_ids: opened.flatMap((id) => itemsOpened(id, own)),
    model,
    served_model,
    provider,
    first_token_at: first_token_at === undefined ? null : seconds(first_token_at),
    finish: finish === 'calls' ? 'tool_calls' : finish,
    usage,
    context: span.context && contextOf(span.context, sent),
  }
}

/** The calls of a turn have one id until they are items. */
const itemsOpened = (id: string, own: readonly ItemRecord[]): string[] =>
  own.some((item) => item.id === id) ? [id] : []

function contextOf(
  { window, windowKnown, reserved, cut, parts }: SentContext,
  sent: SentItems,
): ResponseContext {
  return {
    window,
    window_known: windowKnown,
    reserved,
    tokens: parts.reduce((sum, [, tokens]) => sum + tokens, 0),
    dropped: cut ? Math.max(0, cut.before - cut.after) : 0,
    parts: parts.map((part) => partOf(part, sent)),
  }
}

function partOf([kind, tokens, ...from]: SentPart, sent: SentItems): ResponseContextPart {
  switch (kind) {
    case 'server_instructions':
      return { type: kind, tokens, source: String(from[0]) }
    case 'tools': {
      const names = from.filter((_, at) => at % 2 === 0)
      const tools = names.map((name, at) => ({ name: String(name), tokens: Number(from[at * 2 + 1]) }))
      return { type: kind, tokens, tools }
    }
    case 'turn':
      return {
        type: 'items',
        tokens,
        item_ids: typeof from[0] === 'number' ? sent(from[0], tokens) : from.map(String),
      }
    default:
      return { type: kind as 'instructions', tokens }
  }
}
