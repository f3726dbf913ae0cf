import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Observer } from './observer.ts'

/** What is looked up only when somebody asks for the numbers. */
export interface StateOfServer {
  /** Runs of all servers on the database that have not ended, by status. */
  activeRuns(): Promise<Record<string, number>>
  /** Files of vector stores that are not indexed yet. */
  filesToIndex(): Promise<number>
  /** Webhooks of all servers on the database. */
  webhooks(): Promise<{ waiting: number; retrying: number; failed: number }>
  /** Python sessions that are open in this server. */
  sessions(): number
  /** The bytes that they use. */
  sessionMemory(): Promise<number>
  /** Places for runs and for files that are taken in this server. */
  places(): Record<'runs' | 'files', { places: number; taken: number }>
}

export interface Metrics extends Observer, Disposable {
  contentType: string
  /** In the text format of Prometheus. What cannot be looked up is left out. */
  text(): Promise<string>
}

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const commitSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]
/** The times of a run are kept in whole seconds. */
const queueSeconds = [0, 1, 2, 5, 10, 30, 60, 300]

/** Numbers of this server for Prometheus. docs/monitoring.md explains each; labels have names of ours, never of callers. */
export function createMetrics(version: string, state: StateOfServer): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const named = <Labels extends string>(name: string, help: string, labelNames: Labels[]) => ({
    name: `threadmill_${name}`,
    help,
    labelNames,
    registers,
  })
  const counter = <Labels extends string>(name: string, help: string, ...labels: Labels[]) =>
    new Counter(named(name, help, labels))
  const histogram = <Labels extends string>(
    name: string,
    help: string,
    buckets: number[],
    ...labels: Labels[]
  ) => new Histogram({ ...named(name, help, labels), buckets })
  /** `read` is asked at each look. Where it fails, the numbers are missing rather than old. */
  const gauge = <Labels extends string>(
    name: string,
    help: string,
    labels: Labels[],
    read: () => Promise<[Record<Labels, string>, number][]> | [Record<Labels, string>, number][],
  ) =>
    new Gauge({
      ...named(name, help, labels),
      async collect() {
        this.reset()
        for (const [of, value] of await Promise.resolve(read()).catch(() => [])) this.set(of, value)
      },
    })

  const requests = histogram(
    'request_seconds',
    'Time of a request, to the end of its answer',
    seconds,
    'method',
    'route',
    'status',
  )
  const queued = histogram(
    'run_queue_seconds',
    'Time from the creation of a run until a worker began',
    queueSeconds,
  )
  const firstToken = histogram(
    'model_first_token_seconds',
    'Time from the request to a model until its first token',
    seconds,
    'provider',
  )
  const turns = histogram('model_turn_seconds', 'Time of a request to a model', seconds, 'provider', 'status')
  const tokens = counter('model_tokens_total', 'Tokens that models have read and written', 'provider', 'type')
  const retries = counter('model_retries_total', 'Requests that a provider had to be sent again', 'provider')
  const tools = histogram('tool_call_seconds', 'Time of a call of a tool', seconds, 'tool', 'status')
  const indexed = histogram(
    'file_indexing_seconds',
    'Time in which a file of a vector store was indexed',
    seconds,
    'status',
  )
  const ended = counter('runs_ended_total', 'Runs that have ended in this server', 'status')
  const webhooks = counter(
    'webhook_tries_total',
    'Webhooks that this server has sent, by what came of it',
    'status',
  )
  const commits = histogram('database_commit_seconds', 'Time of a transaction that writes', commitSeconds)

  gauge('info', 'Version of the server', ['version'], () => [[{ version }, 1]])
  gauge('runs_active', 'Runs that have not ended, of all servers on the database', ['status'], async () =>
    Object.entries(await state.activeRuns()).map(([status, count]) => [{ status }, count]),
  )
  gauge('files_to_index', 'Files of vector stores that are not indexed yet', [], async () => [
    [{}, await state.filesToIndex()],
  ])
  gauge(
    'webhooks',
    'Webhooks on their way, and those given up, of all servers on the database',
    ['status'],
    async () => {
      const { waiting, retrying, failed } = await state.webhooks()
      return [
        [{ status: 'waiting' }, waiting - retrying],
        [{ status: 'retrying' }, retrying],
        [{ status: 'failed' }, failed],
      ]
    },
  )
  gauge('python_sessions', 'Python sessions that are open in this server', [], () => [[{}, state.sessions()]])
  gauge('python_sessions_memory_bytes', 'Memory of the Python sessions of this server', [], async () => [
    [{}, await state.sessionMemory()],
  ])
  const places = () => Object.entries(state.places())
  gauge('places', 'Places for work that this server has', ['work'], () =>
    places().map(([work, { places: size }]) => [{ work }, size]),
  )
  gauge('places_taken', 'Places for work that are taken in this server', ['work'], () =>
    places().map(([work, { taken }]) => [{ work }, taken]),
  )
  gauge('memory_bytes', 'Resident memory of the process', [], () => [[{}, process.memoryUsage.rss()]])

  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  const late = 'How late the process got to its work since the last look'
  const inSeconds = (nanoseconds: number): [object, number][] => [[{}, nanoseconds / 1e9]]
  gauge('event_loop_delay_p50_seconds', `${late}, the median`, [], () => inSeconds(delay.percentile(50)))
  gauge('event_loop_delay_p99_seconds', `${late}, the 99th percentile`, [], () =>
    inSeconds(delay.percentile(99)),
  )
  gauge('event_loop_delay_max_seconds', `${late}, the longest`, [], () => inSeconds(delay.max))

  return {
    contentType: registry.contentType,
    async text() {
      const said = await registry.metrics()
      delay.reset()
      return said
    },
    request({ method, route, status, seconds: took }) {
      requests.observe({ method, route, status: String(status) }, took)
    },
    runBegan: (_run, waited) => queued.observe(waited),
    webhookTried: (status) => webhooks.inc({ status }),
    runEnded: (_run, { status }) => ended.inc({ status }),
    fileIndexed({ status, started_at, ended_at }) {
      indexed.observe({ status }, (ended_at - started_at) / 1_000)
    },
    committed: (took) => commits.observe(took),
    span({ provider }, span) {
      const took = (span.ended_at - span.started_at) / 1_000
      const { status } = span
      if (span.type === 'tool_call') tools.observe({ tool: span.tool ?? 'unknown', status }, took)
      if (span.type === 'retry') retries.inc({ provider })
      if (span.type !== 'model_turn') return
      turns.observe({ provider, status }, took)
      if (span.first_token_at !== undefined)
        firstToken.observe({ provider }, (span.first_token_at - span.started_at) / 1_000)
      const { usage } = span
      if (!usage) return
      tokens.inc({ provider, type: 'input' }, usage.prompt_tokens)
      tokens.inc({ provider, type: 'output' }, usage.completion_tokens)
      tokens.inc({ provider, type: 'cached' }, usage.prompt_token_details?.cached_tokens ?? 0)
      tokens.inc({ provider, type: 'reasoning' }, usage.completion_tokens_details?.reasoning_tokens ?? 0)
    },
    [Symbol.dispose]: () => delay.disable(),
  }
}
