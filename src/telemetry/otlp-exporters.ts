import { OTLPMetricExporter as JsonMetrics } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPMetricExporter as ProtobufMetrics } from '@opentelemetry/exporter-metrics-otlp-proto'
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufTraces } from '@opentelemetry/exporter-trace-otlp-proto'
import type { OtlpSettings, OtlpTarget } from './otlp-settings.ts'

/** Told when sending begins to fail and when it works again. */
export type SendingChanged = (signal: 'traces' | 'metrics', reason: string | undefined) => void

/** Sends spans in the protocol that the settings name. */
export function traceExporter(target: OtlpTarget, changed: SendingChanged): ProtobufTraces | JsonTraces {
  const options = optionsOf(target)
  const exporter = isJson(target) ? new JsonTraces(options) : new ProtobufTraces(options)
  return watched(exporter, (reason) => changed('traces', reason))
}

/** Sends numbers in the protocol that the settings name. */
export function metricExporter(
  target: NonNullable<OtlpSettings['metrics']>,
  changed: SendingChanged,
): ProtobufMetrics | JsonMetrics {
  const temporality = target.temporality && { delta: 0, cumulative: 1, lowmemory: 2 }[target.temporality]
  const options = {
    ...optionsOf(target),
    ...(temporality !== undefined && { temporalityPreference: temporality }),
  }
  const exporter = isJson(target) ? new JsonMetrics(options) : new ProtobufMetrics(options)
  return watched(exporter, (reason) => changed('metrics', reason))
}

const isJson = ({ protocol }: OtlpTarget) => protocol === 'http/json'

const optionsOf = ({ url, headers, timeoutMs, compression, tls }: OtlpTarget) => ({
  url,
  headers,
  timeoutMillis: timeoutMs,
  compression: compression as never,
  ...(Object.keys(tls).length > 0 && { httpAgentOptions: { keepAlive: true, ...tls } }),
})

interface Result {
  code: number
  error?: Error
}

/** The SDK itself drops what it could not send and says nothing of it. */
function watched<Items, Exporter extends { export(items: Items, done: (result: Result) => void): void }>(
  exporter: Exporter,
  changed: (reason: string | undefined) => void,
): Exporter {
  const send = exporter.export.bind(exporter)
  let reason: string | undefined
  exporter.export = (items, done) =>
    send(items, (result) => {
      const now = result.code === 0 ? undefined : reasonOf(result.error)
      if ((now === undefined) !== (reason === undefined)) changed(now)
      reason = now
      done(result)
    })
  return exporter
}

/** The code of the system, or the status of the answer: messages may have addresses. */
const reasonOf = (error: (Error & { code?: string | number }) | undefined) =>
  String(error?.code ?? error?.name)
