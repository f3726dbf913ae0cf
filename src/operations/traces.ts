import type { z } from 'zod'
import { nowSeconds } from '../common/clock.ts'
import {
  toTrace,
  type ingestRequest,
  type SentTrace,
  type Trace,
  type TraceRecord,
  type TraceDeleted,
  type TraceSpan,
  type TracesQuery,
} from '../contract/traces.ts'
import { notFound } from '../errors/errors.ts'
import type { PageQuery } from '../store/page.ts'
import * as rows from '../store/traces.ts'
import type { Context } from './context.ts'
import { toListPage, type List } from './list.ts'
import { chooseByWords } from './match-words.ts'
import { shortenJson } from './shorten-json.ts'

type Sent = z.output<typeof ingestRequest>['data'][number]
type SentSpan = Extract<Sent, { object: 'trace.span' }>

/**
 * Stores traces and spans, all or none. A span may come before its trace. What was stored under the same ids is replaced,
 * because a sender that got no answer sends again.
 */
export async function ingestTraces({ db, project }: Context, data: readonly Sent[]): Promise<void> {
  const traces = new Map<string, { head: rows.TraceHead | undefined; spans: rows.NewSpan[] }>()
  const of = (id: string) => {
    const found = traces.get(id) ?? { head: undefined, spans: [] }
    traces.set(id, found)
    return found
  }
  for (const one of data) {
    if (one.object === 'trace') of(one.id).head = headOf(one as SentTrace)
    else of(one.trace_id).spans.push(spanOf(one))
  }
  const sorted = [...traces].toSorted(([one], [other]) => (one < other ? -1 : 1))
  const createdAt = nowSeconds()
  await db.write(async (tx) => {
    for (const [id, sent] of sorted) await rows.putTrace(tx, { id, project, createdAt }, sent)
  })
}

/** In characters of JSON. What is larger is shortened. */
const maxObject = 262_144
const maxName = 512

/** PostgreSQL stores no NUL in a text, and none is lost in JSON. */
const plain = (text: string | null): string | null => text && text.replaceAll('\0', '').slice(0, maxName)

function headOf({ object: _object, id: _id, workflow_name, group_id, ...body }: SentTrace): rows.TraceHead {
  const { metadata, ...more } = body
  const shorter = () => ({ ...shorten(more), metadata: shorten(metadata) })
  return { workflow_name: plain(workflow_name), group_id: plain(group_id), body: toJson(body, shorter) }
}

function spanOf({ object: _object, id, trace_id: _of, ...span }: SentSpan): rows.NewSpan {
  const { parent_id, started_at, ended_at, span_data, error, ...more } = span
  const { type, name, response_id } = span_data as Record<string, unknown> & { type: string }
  const shorter = () => ({
    ...shorten(more),
    parent_id,
    started_at,
    ended_at,
    span_data: { type, ...shorten(span_data) },
    error: error && shorten(error),
  })
  return {
    id,
    type: plain(type) ?? '',
    name: type === 'agent' && typeof name === 'string' ? plain(name) : null,
    response_id: typeof response_id === 'string' ? plain(response_id) : null,
    started_at: milliseconds(started_at),
    ended_at: milliseconds(ended_at),
    failed: error !== null,
    body: toJson(span, shorter),
  }
}

const milliseconds = (time: string | null) => (time === null ? null : Math.round(Date.parse(time)))

const shorten = shortenJson<Record<string, unknown>>

function toJson(body: Record<string, unknown>, shorter: () => object): string {
  const json = JSON.stringify(body)
  return json.length <= maxObject ? json : JSON.stringify({ ...shorter(), truncated: true })
}

export async function listTraces(ctx: Context, query: TracesQuery): Promise<List<Trace>> {
  const { has_errors, query: words, ...filter } = query
  const hasErrors = has_errors === undefined ? undefined : has_errors === 'true'
  const choose = chooseByWords(words, ({ workflow_name, group_id, shown }: TraceRecord) => [
    workflow_name,
    group_id,
    ...shown.agents,
  ])
  const page = await rows.listTraces(ctx.db, ctx.project, { ...filter, has_errors: hasErrors }, choose)
  return toListPage(page, toTrace)
}

export const getTrace = async (ctx: Context, id: string): Promise<Trace> => toTrace(await findTrace(ctx, id))

async function findTrace({ db, project }: Pick<Context, 'db' | 'project'>, id: string) {
  const trace = await rows.getTrace(db, project, id)
  if (!trace) throw notFound('trace', id)
  return trace
}

/** The spans as they were sent, in the order in which they came. */
export async function listSpans(ctx: Context, traceId: string, query: PageQuery): Promise<List<TraceSpan>> {
  const { seq, id: trace_id } = await findTrace(ctx, traceId)
  const page = await rows.listSpans(ctx.db, seq, query)
  return toListPage(page, ({ id, body }) => {
    const { parent_id, started_at, ended_at, span_data, error, ...more } = JSON.parse(body) as TraceSpan
    const span: TraceSpan = {
      object: 'trace.span',
      id,
      trace_id,
      parent_id,
      started_at,
      ended_at,
      span_data,
      error,
    }
    return { ...span, ...more, ...span }
  })
}

export async function deleteTrace({ db, project }: Context, id: string): Promise<TraceDeleted> {
  await db.write(async (tx) => {
    const trace = await rows.getTrace(tx, project, id)
    if (!trace || !(await rows.deleteTrace(tx, trace))) throw notFound('trace', id)
  })
  return { id, object: 'trace.deleted', deleted: true }
}
