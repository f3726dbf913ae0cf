import { z } from 'zod'
import { withCreatedAt, createdAtShape, words } from './list-filters.ts'
import { pageQuery } from './list.ts'
import { list, nonEmptyText, optional, refuseWhen, text } from './limits.ts'
import { object } from './objects.ts'
import { cut } from '../errors/errors.ts'

/** What a program tells of its own work, as the Agents SDKs send it: a trace, and what was done in it. */
export interface SentTrace {
  object: 'trace'
  id: string
  workflow_name: string | null
  group_id: string | null
  metadata: Record<string, unknown>
  /** Other fields that were sent. */
  [name: string]: unknown
}

export interface TraceSpan {
  object: 'trace.span'
  id: string
  trace_id: string
  parent_id: string | null
  /** As they were sent: ISO 8601. */
  started_at: string | null
  ended_at: string | null
  /** Its `type` says what it is: `agent`, `function`, `generation`, `response`, `handoff`, `guardrail` and others. */
  span_data: Record<string, unknown> & { type: string }
  error: { message: string; data: unknown } | null
  /** Set when texts in it were shortened, because it was too large. */
  truncated?: true
  [name: string]: unknown
}

/** What a trace shows of its spans. */
export interface SpansInShort {
  /** The names of the agents, in the order in which they began; at most 20. */
  agents: string[]
  /** How many spans there are of each type. */
  span_types: Record<string, number>
}

export interface Trace extends SpansInShort {
  id: string
  object: 'trace'
  /** When the first part of it came, in Unix seconds. */
  created_at: number
  /** Null while only spans of it have come. */
  workflow_name: string | null
  group_id: string | null
  metadata: Record<string, unknown>
  /** Of its spans, in Unix seconds with three decimals. */
  started_at: number | null
  ended_at: number | null
  spans: number
  /** Spans with an error. */
  errors: number
  /** Spans that were not stored, because the trace has as many as there may be. One that is sent again counts again. */
  dropped_spans: number
}

export interface TraceDeleted {
  id: string
  object: 'trace.deleted'
  deleted: true
}

export interface TraceRecord {
  seq: number
  id: string
  project: string
  created_at: number
  workflow_name: string | null
  group_id: string | null
  /** Milliseconds of Unix time, as for `ended_at`. */
  started_at: number | null
  ended_at: number | null
  spans: number
  errors: number
  dropped: number
  body: { metadata: Record<string, unknown> }
  shown: SpansInShort
}

/** Other fields that were sent come last, and hide none of these. */
export function toTrace(trace: Omit<TraceRecord, 'seq' | 'project'>): Trace {
  const { metadata, ...more } = trace.body
  const shown: Trace = {
    id: trace.id,
    object: 'trace',
    created_at: trace.created_at,
    workflow_name: trace.workflow_name,
    group_id: trace.group_id,
    metadata,
    started_at: trace.started_at === null ? null : trace.started_at / 1_000,
    ended_at: trace.ended_at === null ? null : trace.ended_at / 1_000,
    spans: trace.spans,
    errors: trace.errors,
    dropped_spans: trace.dropped,
    ...trace.shown,
  }
  return { ...shown, ...more, ...shown }
}

/** The SDKs hold at most 8,192 objects back, and send them together when their program ends. */
const maxObjects = 10_000
/** Of all lists and objects of a body together. Each turn of an agent sends again what was said before. */
export const maxTraceValues = 200_000

/** Elsewhere in a trace a NUL is stored as JSON, or left out. No database stores it in an id. */
const id = nonEmptyText(128).check(
  refuseWhen((given) =>
    given.includes('\0')
      ? {
          code: 'invalid_value',
          message: "Invalid '{param}': strings must not contain NUL characters (\\u0000).",
        }
      : undefined,
  ),
)
const orNull = <Schema extends z.ZodType<string>>(schema: Schema) =>
  optional(schema).transform((given) => given ?? null)
const name = orNull(z.string())
const anything = z.record(z.string(), z.unknown())

const time = orNull(
  text(64).check(
    refuseWhen((given) =>
      Number.isNaN(Date.parse(given))
        ? {
            code: 'invalid_value',
            message: `Invalid '{param}': '${cut(given)}'. Expected a time in the form of ISO 8601.`,
          }
        : undefined,
    ),
  ),
)

const sentTrace = z.looseObject({
  object: z.literal('trace'),
  id,
  workflow_name: name,
  group_id: name,
  metadata: optional(anything).transform((given) => given ?? {}),
})

const sentSpan = z.looseObject({
  object: z.literal('trace.span'),
  id,
  trace_id: id,
  parent_id: orNull(text(128)),
  started_at: time,
  ended_at: time,
  span_data: z.looseObject({ type: nonEmptyText(128) }),
  error: optional(
    z.looseObject({ message: z.string(), data: optional(z.unknown()).transform((data) => data ?? null) }),
  ).transform((given) => given ?? null),
})

export const ingestRequest = object({
  data: list(z.discriminatedUnion('object', [sentTrace, sentSpan]), maxObjects),
})

/** The query of the list of traces. `response_id` is that of a response that one of its spans names. */
export const tracesQuery = pageQuery.extend({
  ...createdAtShape,
  query: words,
  group_id: z.string().optional(),
  workflow_name: z.string().optional(),
  response_id: z.string().optional(),
  has_errors: z.enum(['true', 'false']).optional(),
})
export type TracesQuery = ReturnType<typeof withCreatedAt<z.output<typeof tracesQuery>>>
