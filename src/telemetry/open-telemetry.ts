import { setTimeout as sleep } from 'node:timers/promises'
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type SpanContext,
} from '@opentelemetry/api'
import { TraceState } from '@opentelemetry/core'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { Log } from '../common/log.ts'
import { genAiMetrics } from './gen-ai-metrics.ts'
import { tellCompletion, tellFile, tellRun, tellSpan, type Providers, type Told } from './gen-ai.ts'
import type { CallersTrace, DoneCompletion, ObservedRun, Observer, SpanId } from './observer.ts'
import { metricExporter, traceExporter, type SendingChanged } from './otlp-exporters.ts'
import type { OtlpSettings } from './otlp-settings.ts'
import { placeOf, wholeRun, type SpanPlace } from './trace-ids.ts'

export interface Telemetry extends Observer {
  /** Sends what is left, if that takes no longer than a moment. */
  close(): Promise<void>
}

export interface TelemetryParts {
  settings: OtlpSettings
  /** What is known of this server: attributes of the resource that the operator may overwrite. */
  server: { 'service.version': string } & Record<string, string | number>
  providers: Providers
  log: Log
}

/** How long a server that closes waits for a collector, in milliseconds. */
const lastSendingMs = 2_000

/** What the place of a span follows from. */
type Traced = Pick<ObservedRun, 'id' | 'trace'>

/** Times are in milliseconds of Unix time. */
interface Timed {
  started_at: number
  ended_at: number
}

/**
 * Traces and counts in the form of OpenTelemetry, and sends both by OTLP. Spans are told when they are over, with the ids
 * that follow from their run, so nothing is kept of one that goes on. They wait in a queue of a limited size: what a
 * collector does not take in time is dropped, and no run waits for it.
 */
export function openTelemetry({ settings, server, providers, log }: TelemetryParts): Telemetry {
  const resource = resourceFromAttributes({ ...server, ...settings.resource })
  const changed: SendingChanged = (signal, reason) =>
    reason === undefined
      ? log('info', 'telemetry is sent again', { signal })
      : log('warn', 'telemetry cannot be sent', { signal, reason })
  const ids = { next: { traceId: '', spanId: '' } satisfies SpanPlace }
  const sampler = samplerOf(settings)
  const tracing =
    settings.traces &&
    new TracerProvider({
      resource,
      sampler,
      idGenerator: { generateTraceId: () => ids.next.traceId, generateSpanId: () => ids.next.spanId },
      ...(settings.maxAttributeLength !== undefined && {
        spanLimits: { attributeValueLengthLimit: settings.maxAttributeLength },
      }),
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: traceExporter(settings.traces, changed),
          ...definedOnly(settings.batch),
        }),
      ],
    })
  const metering =
    settings.metrics &&
    new MeterProvider({
      resource,
      readers: [
        new PeriodicExportingMetricReader({
          exporter: metricExporter(settings.metrics, changed),
          exportIntervalMillis: settings.metrics.intervalMs,
          exportTimeoutMillis: Math.min(settings.metrics.intervalMs, 30_000),
        }),
      ],
    })
  const tracer = tracing?.getTracer('threadmill', server['service.version'])
  const metrics = metering && genAiMetrics(metering.getMeter('threadmill'), providers)

  /** Where the whole of a run is, or below which span of the caller. */
  function contextOf(run: Traced, of: 'whole' | 'parts'): Context {
    const caller = settings.propagates ? callersSpan(run.trace) : undefined
    const above = caller ? trace.setSpanContext(ROOT_CONTEXT, caller) : ROOT_CONTEXT
    if (of === 'whole') return above
    const place = placeIn(run, wholeRun)
    const { decision } = sampler.shouldSample(above, place.traceId, 'invoke_agent', SpanKind.INTERNAL, {}, [])
    const traceFlags = decision === SamplingDecision.RECORD_AND_SAMPLED ? TraceFlags.SAMPLED : TraceFlags.NONE
    const state = caller?.traceState && { traceState: caller.traceState }
    return trace.setSpanContext(ROOT_CONTEXT, { ...place, traceFlags, ...state })
  }

  const placeIn = (run: Traced, span: SpanId) =>
    placeOf(settings.propagates ? run : { id: run.id, trace: undefined }, span)

  function record(place: SpanPlace, above: Context, told: Told, { started_at, ended_at }: Timed): Context {
    ids.next = place
    const span = tracer?.startSpan(
      told.name,
      {
        kind: told.kind === 'client' ? SpanKind.CLIENT : SpanKind.INTERNAL,
        startTime: started_at,
        attributes: { ...told.attributes, ...(told.error && { 'error.type': told.error.type }) },
      },
      above,
    )
    if (!span) return above
    if (told.error) {
      const { message } = told.error
      span.setStatus({ code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) })
    }
    span.end(Math.max(started_at, ended_at))
    return trace.setSpan(ROOT_CONTEXT, span)
  }

  function headersFor(run: Traced, span: SpanId): Record<string, string> {
    if (!settings.propagates) return {}
    const { traceId, spanId } = placeIn(run, span)
    return {
      traceparent: `00-${traceId}-${spanId}-${isSampled(contextOf(run, 'parts')) ? '01' : '00'}`,
      ...(run.trace?.tracestate !== undefined && { tracestate: run.trace.tracestate }),
    }
  }

  const createdAt = ({ trace: kept, created_at }: ObservedRun) => kept?.created_ms ?? created_at * 1_000

  return {
    traces: tracing !== undefined,
    wantsContents: tracing !== undefined && settings.contents,
    request() {},
    webhookTried() {},
    committed() {},
    runBegan(run) {
      const times = { started_at: createdAt(run), ended_at: Date.now() }
      const told: Told = { name: 'queue', kind: 'internal', attributes: { 'threadmill.run.id': run.id } }
      // The first span of an attempt has the number 1.
      record(placeIn(run, { attempt: 1, n: 0 }), contextOf(run, 'parts'), told, times)
    },
    span(run, span) {
      metrics?.span(run, span)
      const above = contextOf(run, 'parts')
      if (isSampled(above)) record(placeIn(run, span), above, tellSpan(run, span, providers), span)
    },
    runEnded(run, end) {
      const times = { started_at: createdAt(run), ended_at: Date.now() }
      metrics?.runEnded(end, (times.ended_at - times.started_at) / 1_000)
      record(placeIn(run, wholeRun), contextOf(run, 'whole'), tellRun(run, end, providers), times)
    },
    fileIndexed(file) {
      const work = { id: `${file.vector_store} ${file.id} ${file.started_at}`, trace: undefined }
      const whole = record(placeOf(work, wholeRun), ROOT_CONTEXT, tellFile(file), file)
      for (const [at, { stage, ...times }] of file.stages.entries())
        record(
          placeOf(work, { attempt: 1, n: at + 1 }),
          whole,
          { name: stage, kind: 'internal', attributes: {} },
          times,
        )
    },
    headersFor,
    headersForCompletion: (work) => headersFor(work, wholeRun),
    completionEnded(done: DoneCompletion) {
      metrics?.completionEnded(done)
      record(placeIn(done, wholeRun), contextOf(done, 'whole'), tellCompletion(done, providers), done)
    },
    async close() {
      const sent = Promise.allSettled([tracing?.shutdown(), metering?.shutdown()])
      await Promise.race([sent, sleep(lastSendingMs, undefined, { ref: false })])
    },
  }
}

const isSampled = (context: Context) =>
  ((trace.getSpanContext(context)?.traceFlags ?? 0) & TraceFlags.SAMPLED) !== 0

function samplerOf({ sampler: { parentBased, ratio } }: OtlpSettings) {
  const root = new TraceIdRatioBasedSampler(ratio)
  return parentBased ? new ParentBasedSampler({ root }) : root
}

function callersSpan(kept: CallersTrace | undefined): SpanContext | undefined {
  if (kept?.traceparent === undefined) return undefined
  const [, traceId = '', spanId = '', flags = '0'] = kept.traceparent.split('-')
  const traceState = kept.tracestate === undefined ? {} : { traceState: new TraceState(kept.tracestate) }
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true, ...traceState }
}

const definedOnly = <Settings extends object>(settings: Settings) =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Settings]?: NonNullable<Settings[Name]>
  }
