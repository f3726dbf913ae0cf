import { readFileSync } from 'node:fs'
import {
  parseTextMap,
  readBatch,
  readSampler,
  type BatchSettings,
  type SamplerSettings,
} from './sdk-settings.ts'

/** What the standard variables `OTEL_…` say. Times are in milliseconds. */
export interface OtlpSettings {
  /** Undefined where nothing of the kind is sent. */
  traces: OtlpTarget | undefined
  metrics: (OtlpTarget & { temporality: Temporality | undefined; intervalMs: number }) | undefined
  /** The attributes of the resource. `service.name` is always there. */
  resource: Record<string, string>
  sampler: SamplerSettings
  batch: BatchSettings
  /** Whether the trace of the caller is continued, and handed to providers. */
  propagates: boolean
  /** Whether spans have what was said. */
  contents: boolean
  /** In characters. A longer value of an attribute is cut. */
  maxAttributeLength: number | undefined
}

export interface OtlpTarget {
  url: string
  protocol: (typeof protocols)[number]
  headers: Record<string, string>
  timeoutMs: number
  compression: 'gzip' | 'none'
  /** Certificates in PEM: that of the authority, and those of this client. */
  tls: { ca?: string; cert?: string; key?: string }
}

const protocols = ['http/protobuf', 'http/json'] as const
const temporalities = ['cumulative', 'delta', 'lowmemory'] as const
type Temporality = (typeof temporalities)[number]
type Signal = 'TRACES' | 'METRICS'
type Read = (name: string) => string

/** What the conventions for generative AI name: where contents may go. Here they go into spans, or nowhere. */
const contentModes = new Map([
  ['', false],
  ['false', false],
  ['no_content', false],
  ['true', true],
  ['span_only', true],
])

/** Undefined without an endpoint: then the other variables are not looked at. */
export function readOtlpSettings(env: Record<string, string | undefined>): {
  telemetry: OtlpSettings | undefined
  problems: string[]
} {
  const read = (name: string) => env[name]?.trim() ?? ''
  const problems: string[] = []
  const isOff = read('OTEL_SDK_DISABLED').toLowerCase() === 'true'
  const [traces, metrics] = (['TRACES', 'METRICS'] as const).map((signal) =>
    isOff ? undefined : readTarget(signal, read, problems),
  )
  if (!traces && !metrics) return { telemetry: undefined, problems }
  refuseOthers(read, problems)
  const contents = contentModes.get(read(contentVariable).toLowerCase())
  if (contents === undefined)
    problems.push(
      `${contentVariable} is "${read(contentVariable)}"; it must be SPAN_ONLY or NO_CONTENT, since no events are sent`,
    )
  const lengths = ['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT'].map(
    (name) => readNumber(name, read, problems),
  )
  const { OTEL_RESOURCE_ATTRIBUTES: resource } = parseTextMap(['OTEL_RESOURCE_ATTRIBUTES'], read, problems)
  const name = read('OTEL_SERVICE_NAME') || resource?.['service.name'] || 'threadmill'
  const telemetry: OtlpSettings = {
    traces,
    metrics: metrics && {
      ...metrics,
      temporality: readTemporality(read, problems),
      intervalMs: readNumber('OTEL_METRIC_EXPORT_INTERVAL', read, problems) ?? 60_000,
    },
    resource: { ...resource, 'service.name': name },
    sampler: readSampler(read, problems),
    batch: readBatch((variable) => readNumber(variable, read, problems)),
    propagates: readPropagators(read, problems),
    contents: contents ?? false,
    maxAttributeLength: lengths[0] ?? lengths[1],
  }
  // What is said of both signals is read for each of them.
  return { telemetry, problems: [...new Set(problems)] }
}

const contentVariable = 'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT'

function readTarget(signal: Signal, read: Read, problems: string[]): OtlpTarget | undefined {
  const own = `OTEL_EXPORTER_OTLP_${signal}`
  /** What is said of the signal comes before what is said of all. */
  const nameOf = (what: string) => (read(`${own}_${what}`) ? `${own}_${what}` : `OTEL_EXPORTER_OTLP_${what}`)
  const endpoint = read(nameOf('ENDPOINT'))
  if (endpoint === '') return undefined
  const exporter = read(`OTEL_${signal}_EXPORTER`) || 'otlp'
  if (exporter === 'none') return undefined
  if (exporter !== 'otlp')
    problems.push(`OTEL_${signal}_EXPORTER is "${exporter}"; it must be "otlp" or "none"`)
  const isOwn = read(`${own}_ENDPOINT`) !== ''
  const path = signal === 'TRACES' ? 'v1/traces' : 'v1/metrics'
  // An endpoint for all signals is the folder of their paths, and one for a signal is the whole address.
  const url = isOwn ? endpoint : `${endpoint.replace(/\/$/, '')}/${path}`
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    problems.push(`${nameOf('ENDPOINT')} is "${endpoint}"; it must be an http or https address`)
  const protocol = read(nameOf('PROTOCOL')) || 'http/protobuf'
  if (!isOneOf(protocols, protocol))
    problems.push(
      `${nameOf('PROTOCOL')} is "${protocol}"; it must be ${protocols.join(' or ')}, which collectors take on port 4318`,
    )
  const compression = read(nameOf('COMPRESSION')) || 'none'
  if (compression !== 'none' && compression !== 'gzip')
    problems.push(`${nameOf('COMPRESSION')} is "${compression}"; it must be "gzip" or "none"`)
  const headers = parseTextMap(['OTEL_EXPORTER_OTLP_HEADERS', `${own}_HEADERS`], read, problems)
  return {
    url,
    protocol: isOneOf(protocols, protocol) ? protocol : 'http/protobuf',
    headers: Object.assign({}, ...Object.values(headers)) as Record<string, string>,
    timeoutMs: readNumber(nameOf('TIMEOUT'), read, problems) ?? 10_000,
    compression: compression === 'gzip' ? 'gzip' : 'none',
    tls: readTls(nameOf, read, problems),
  }
}

function readTls(nameOf: (what: string) => string, read: Read, problems: string[]): OtlpTarget['tls'] {
  const tls: OtlpTarget['tls'] = {}
  for (const [field, what] of [
    ['ca', 'CERTIFICATE'],
    ['cert', 'CLIENT_CERTIFICATE'],
    ['key', 'CLIENT_KEY'],
  ] as const) {
    const path = read(nameOf(what))
    if (path === '') continue
    try {
      tls[field] = readFileSync(path, 'utf8')
    } catch (error) {
      problems.push(`${nameOf(what)}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`)
    }
  }
  return tls
}

function readTemporality(read: Read, problems: string[]): Temporality | undefined {
  const name = 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE'
  const given = read(name).toLowerCase()
  if (given === '' || isOneOf(temporalities, given)) return given || undefined
  problems.push(`${name} is "${read(name)}"; it must be ${temporalities.join(', ')}`)
  return undefined
}

function readPropagators(read: Read, problems: string[]): boolean {
  const given = read('OTEL_PROPAGATORS') || 'tracecontext'
  if (given !== 'tracecontext' && given !== 'none')
    problems.push(
      `OTEL_PROPAGATORS is "${given}"; it must be "tracecontext" or "none", since nothing else is handed on`,
    )
  return given !== 'none'
}

/** Variables that are meant for what is not here. Others of the kind are for instrumentations in other programs. */
function refuseOthers(read: Read, problems: string[]): void {
  const logs = read('OTEL_LOGS_EXPORTER')
  if (logs !== '' && logs !== 'none')
    problems.push(
      `OTEL_LOGS_EXPORTER is "${logs}"; it must be "none": the log is written to THREADMILL_LOG_FILE`,
    )
  for (const name of ['OTEL_CONFIG_FILE', 'OTEL_EXPERIMENTAL_CONFIG_FILE'])
    if (read(name) !== '') problems.push(`${name} is not supported: set the variables that it stands for`)
}

function readNumber(name: string, read: Read, problems: string[]): number | undefined {
  const given = read(name)
  if (given === '') return undefined
  // A timer of Node holds no more than this.
  if (/^\d{1,10}$/.test(given) && Number(given) > 0 && Number(given) < 2 ** 31) return Number(given)
  problems.push(`${name} is "${given}"; it must be a whole number from 1 to ${2 ** 31 - 1}`)
  return undefined
}

const isOneOf = <Name extends string>(names: readonly Name[], given: string): given is Name =>
  names.some((name) => name === given)
