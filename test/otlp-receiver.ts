import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { decode, requests } from './otlp-protobuf.ts'

export interface ReceivedSpan {
  traceId: string
  spanId: string
  parentSpanId: string
  traceState: string
  name: string
  kind: number
  /** In milliseconds of Unix time. */
  began: number
  ended: number
  status: { code?: number; message?: string }
  attributes: Record<string, unknown>
  resource: Record<string, unknown>
}

export interface ReceivedPoint {
  name: string
  unit: string
  count: number
  sum: number
  attributes: Record<string, unknown>
}

export interface OtlpReceiver extends AsyncDisposable {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  endpoint: string
  spans: ReceivedSpan[]
  points: ReceivedPoint[]
  /** The requests as they came. */
  requests: { path: string; headers: IncomingMessage['headers'] }[]
  /** The spans with this name, as soon as there are so many. */
  named(name: string, count?: number): Promise<ReceivedSpan[]>
  /** The numbers with this name, as soon as there are any. */
  measured(name: string): Promise<ReceivedPoint[]>
}

/** Receives OTLP as a collector does: over HTTP, in protobuf or JSON. `answer` may let a request wait, or refuse it. */
export async function startOtlpReceiver(
  answer: (request: IncomingMessage) => Promise<number> | number = () => 200,
): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = []
  const points: ReceivedPoint[] = []
  const received: OtlpReceiver['requests'] = []
  let news = Promise.withResolvers<void>()
  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const status = await answer(request)
    const sent = await buffer(request)
    const { url: path = '', headers } = request
    received.push({ path, headers })
    const body = headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent
    const kind = path.endsWith('/v1/traces') ? 'traces' : 'metrics'
    const isJson = headers['content-type'] === 'application/json'
    const message = (isJson ? JSON.parse(body.toString()) : decode(body, requests[kind])) as Message
    if (status === 200) {
      spans.push(...spansOf(message))
      points.push(...pointsOf(message))
    }
    response.writeHead(status, { 'content-type': headers['content-type'] }).end(isJson ? '{}' : '')
    news.resolve()
    news = Promise.withResolvers()
  }
  const server = createServer((request, response) => void receive(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const until = async <Found>(look: () => Found[], count: number): Promise<Found[]> => {
    for (;;) {
      const found = look()
      if (found.length >= count) return found
      await news.promise
    }
  }
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    points,
    requests: received,
    named: (name, count = 1) => until(() => spans.filter((span) => span.name === name), count),
    measured: (name) => until(() => points.filter((point) => point.name === name), 1),
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

interface Value {
  stringValue?: string
  boolValue?: boolean
  intValue?: number
  doubleValue?: number
  arrayValue?: { values: Value[] }
}
type Attributes = { key: string; value: Value }[]
interface Message {
  resourceSpans?: {
    resource: { attributes: Attributes }
    scopeSpans: { spans: (Record<string, never> & { attributes?: Attributes })[] }[]
  }[]
  resourceMetrics?: {
    scopeMetrics: {
      metrics: {
        name: string
        unit: string
        histogram: { dataPoints: { attributes: Attributes; count: string; sum: number }[] }
      }[]
    }[]
  }[]
}

const spansOf = ({ resourceSpans = [] }: Message): ReceivedSpan[] =>
  resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ startTimeUnixNano, endTimeUnixNano, attributes = [], ...span }) => ({
        parentSpanId: '',
        traceState: '',
        status: {},
        ...(span as object as Pick<ReceivedSpan, 'traceId' | 'spanId' | 'name' | 'kind'>),
        began: Number(startTimeUnixNano) / 1e6,
        ended: Number(endTimeUnixNano) / 1e6,
        attributes: plain(attributes),
        resource: plain(resource.attributes),
      })),
    ),
  )

const pointsOf = ({ resourceMetrics = [] }: Message): ReceivedPoint[] =>
  resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ name, unit, histogram }) =>
        histogram.dataPoints.map(({ attributes, count, sum }) => ({
          name,
          unit,
          count: Number(count),
          sum,
          attributes: plain(attributes),
        })),
      ),
    ),
  )

const plain = (attributes: Attributes) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]))

const valueOf = ({ stringValue, boolValue, intValue, doubleValue, arrayValue }: Value): unknown =>
  arrayValue ? arrayValue.values.map(valueOf) : (stringValue ?? boolValue ?? intValue ?? doubleValue)

/** The settings of a server that sends to the receiver, soon after something has happened. */
export const sendingTo = (
  { endpoint }: Pick<OtlpReceiver, 'endpoint'>,
  more: Record<string, string> = {},
) => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  OTEL_BSP_SCHEDULE_DELAY: '20',
  OTEL_METRIC_EXPORT_INTERVAL: '50',
  ...more,
})
