/// <reference lib="esnext.disposable" preserve="true" />
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { LanguageModelV4 } from '@ai-sdk/provider'
import { checkOptions } from './check-settings.ts'
import { HeldCompletions } from './budgets/held-completions.ts'
import { startBackgroundWork, type BackgroundWork } from './background-work.ts'
import { isLoopback, type Config } from './config.ts'
import { reportHealth } from './health-report.ts'
import { Outages } from './engine/outages.ts'
import { TurnAllowances } from './engine/turn-allowances.ts'
import { createRunTurns } from './engine/worker.ts'
import { createApp } from './http/app.ts'
import { startJsonParser } from './http/json-parser.ts'
import { listen, type Listener } from './http/listen.ts'
import { describeError, keepProblems, noLog, type Log } from './log.ts'
import { openRegistry } from './models/registry.ts'
import { localModelPaths, openLocalModel } from './sandbox/embedding/local-model.ts'
import { watchPaths } from './sandbox/watch-paths.ts'
import { defaultSandboxLimits } from './sandbox/default-limits.ts'
import { startSandboxes, type SandboxStatus } from './sandbox/start-sandboxes.ts'
import { countActiveRuns, countFilesToIndex } from './store/storage-state.ts'
import { startFailure } from './start-failure.ts'
import { createFileTurns } from './search/indexer.ts'
import { openSearch } from './search/open-search.ts'
import { loadTelemetry } from './load-telemetry.ts'
import { openStorage } from './open-storage.ts'
import { openAccess } from './operations/access.ts'
import { prepareFirstKeys } from './operations/first-keys.ts'
import { adminKeyInFile } from './store/admin-key-file.ts'
import { createRateLimiter } from './store/rate-limiter.ts'
import { passOn } from './store/waiting-runs.ts'
import { completeSettings, type StartSettings } from './start-settings.ts'
import { createMetrics, type Metrics } from './telemetry/metrics.ts'
import { observers, type Observer } from './telemetry/observer.ts'
import { watchEventLoop } from './telemetry/watch-event-loop.ts'
import manifest from '../package.json' with { type: 'json' }
import { openSandboxSessions } from './tools/code-interpreter/sandbox-sessions.ts'
import type { OwnTool } from './tools/own-tool.ts'
import { patient } from './store/patient.ts'
import { closesBeforeAnswer } from './unavailable.ts'
import { countWebhooks } from './store/webhook-deliveries.ts'
import { createCompletions } from './completions/completions.ts'
import { observeCompletions } from './completions/observe-completions.ts'
import { createPublicFetch } from './public-fetch.ts'
import { startExtractor } from './search/extract/extractor.ts'
import { createDocumentReader } from './search/read-document.ts'
import { createWebhookSender } from './webhooks/send.ts'
import { keepWebhookSettings } from './webhooks/settings.ts'

export interface StartOptions {
  /**
   * Models of the embedding program or of a test, by name. Names of OpenAI's models (`gpt-4o`, ...) lead to the first
   * of them when no provider is connected. Without any model they lead to the built-in `demo`.
   */
  models?: Record<string, LanguageModelV4> | undefined
  /** Called with each event of the server's log. Nothing is logged without it. */
  log?: Log | undefined
  /** Tools of the embedding program, in addition to those of the API. Assistants and runs name them by their types. */
  tools?: OwnTool[] | undefined
}

export interface Server extends AsyncDisposable {
  /** The address without a path: `http://127.0.0.1:4711`. */
  url: string
  /** The address for the official clients: `new OpenAI({ baseURL: server.baseURL, apiKey: server.apiKey })`. */
  baseURL: string
  /** The key, whether it was given, made, or found in the data folder. */
  apiKey: string
  /** The key of the administration API. '' where another server on the same database has made it. */
  adminKey: string
  /** A few lines for people about the models that were found. Takes a second at most. */
  models(): Promise<string[]>
  /** How model-written code is confined. The self-test runs in the background, and this resolves when it is done. */
  sandbox: Promise<SandboxStatus>
  /**
   * Resolves with the reason when the disk has refused a write. Then nothing can be stored any more, open streams end
   * with an error, and the process should end. Otherwise it stays pending.
   */
  failed: Promise<unknown>
  /**
   * Ends streams, releases runs so that another server can claim them, closes the database, and removes the data folder
   * if the server made it for itself. `await using` does the same.
   */
  close(): Promise<void>
}

/** Where `npm run console` puts what it builds. The way is the same from `src` and from `dist`. */
const consoleFolder = fileURLToPath(new URL('../console/dist/', import.meta.url))

/** Implements `start` of the package, which index.ts documents. */
export async function start(settings: StartSettings = {}, options: StartOptions = {}): Promise<Server> {
  checkOptions(options)
  const { config, removeFolder } = completeSettings(settings)
  try {
    const server = await startWith(config, options)
    let closing: Promise<void> | undefined
    const close = () => (closing ??= server.close().finally(removeFolder))
    return { ...server, close, [Symbol.asyncDispose]: close }
  } catch (error) {
    removeFolder()
    throw startFailure(error, config)
  }
}

/** Builds all parts and starts them. No other code knows all of them. */
async function startWith(
  config: Config,
  options: StartOptions,
): Promise<Omit<Server, typeof Symbol.asyncDispose>> {
  const { tools: ownTools = [] } = options
  const { log, problems } = keepProblems(options.log ?? noLog)
  const { version } = manifest
  const metrics: Metrics = createMetrics(version, {
    activeRuns: () => countActiveRuns(db),
    filesToIndex: () => countFilesToIndex(db),
    webhooks: () => countWebhooks(db),
    sessions: () => sandboxes.sessions.count(),
    sessionMemory: () => sandboxes.sessions.memory(),
    places: () => ({ runs: runTurns.report(), files: fileTurns.report() }),
  })
  const openTelemetry = await loadTelemetry(config)
  let observer: Observer = metrics
  const passThreadOn = (threadId: string) =>
    void passOn(db, threadId).catch((error: unknown) =>
      log('warn', 'a thread was not passed on to the response that waits for it', describeError(error)),
    )
  const storage = await openStorage(config, {
    log,
    observer: {
      committed: (seconds) => observer.committed(seconds),
      runEnded(run, end) {
        observer.runEnded(run, end)
        if (config.responses.queues && run.thread !== undefined) passThreadOn(run.thread)
      },
    },
  })
  const { db, at, lock, blobs, runLog } = storage
  const telemetry = openTelemetry?.({ id: lock.id, version }, log)
  if (telemetry) observer = observers([metrics, telemetry])
  const eventLoop = watchEventLoop(log)
  const closing = new AbortController()
  /** For background work, which waits while the database is away. */
  const work = patient(db, closing.signal)
  const runTurns = createRunTurns(log)
  const fileTurns = createFileTurns(log)
  const outages = new Outages(log)
  const models = openRegistry(config.models, {
    own: { host: config.host, port: config.port },
    log,
    ...(options.models && { models: options.models }),
  })
  const search = openSearch({
    db,
    at,
    settings: config.search,
    openLocalModel: () => openLocalModel(config.dataDir),
    log,
  })
  const sandboxes = startSandboxes({
    cacheDir: join(config.dataDir, 'cache'),
    ...config.codeInterpreter,
    // The weak sandbox stops honest mistakes but no attacker, so it is allowed only for one person on one machine.
    allowWeak: isLoopback(config.host),
    log,
  })

  const pythonSessions = openSandboxSessions({
    sessions: sandboxes.sessions,
    signals: db.signals,
    server: lock.id,
    lives: (id) => lock.lives(id),
    isShared: config.database !== undefined,
  })

  const unwatch = [
    () => pythonSessions.close(),
    watchPaths([join(config.dataDir, 'python')], () => void sandboxes.renew()),
    watchPaths(localModelPaths(config.dataDir), () => search.lookForModel()),
  ]

  const publicFetch = createPublicFetch(config.privateHosts)
  const sendWebhook = createWebhookSender(publicFetch)
  // One thread of its own: a request waits for it, and files of vector stores do not.
  const extractor = startExtractor({ workers: 1 })
  await keepWebhookSettings(db, config.webhooks)
  const access = await openAccess({ db, settings: await prepareFirstKeys(db, config), log })
  const admission = { limits: () => access.limits(), limiter: createRateLimiter(db, log) }
  const allowances = new TurnAllowances(admission)
  const completionBudgets = new HeldCompletions({
    db,
    budgetsOf: access.budgetsOf,
    priceOf: (model) => models.priceOf(model),
    limits: admission.limits,
    log,
  })
  const json = startJsonParser()
  const ending = new AbortController()
  let background: BackgroundWork | undefined
  const app = createApp({
    json,
    limits: config.limits,
    ownTools: ownTools.map(({ type }) => type),
    closing: ending.signal,
    // Whoever reaches a server on another address may call it by a name that it cannot know.
    ...(isLoopback(config.host) && { allowedHosts: config.allowedHosts }),
    db,
    blobs,
    log: runLog,
    catalog: models,
    budgetsOf: access.budgetsOf,
    places: runTurns,
    outages,
    allowances,
    admission,
    reserve: (lane) => background?.reserve(lane),
    server: lock.id,
    pythonSessions,
    containers: {
      minutes: config.containerMinutes,
      memory: config.codeInterpreter.limits?.memory ?? defaultSandboxLimits.memory,
    },
    search: search.deps,
    sendWebhook,
    documents: createDocumentReader({ db, blobs, extractor }),
    publicFetch,
    responses: config.responses,
    completionBudgets,
    completions: observeCompletions(
      createCompletions({ models, embedder: search.embedder }),
      observer,
      models,
    ),
    notCounted: (error) => log('warn', 'a completion was not counted', describeError(error)),
    access,
    observer,
    metrics,
    serverLog: log,
    console: { folder: consoleFolder, version },
    health: {
      check: () => storage.checkWrites(),
      isClosing: () => closing.signal.aborted,
      report: () =>
        reportHealth({
          version,
          config,
          db,
          blobs,
          self: lock.id,
          models,
          sandboxes,
          search,
          outages,
          runTurns,
          fileTurns,
          problems,
        }),
    },
  })
  async function closeParts(): Promise<void> {
    for (const end of unwatch) end()
    metrics[Symbol.dispose]()
    eventLoop[Symbol.dispose]()
    await json.close()
    await extractor.close()
    await completionBudgets.close()
    await access.close()
    await admission.limiter.close()
    await search.close()
    await sandboxes.close()
    await models.close()
    await storage.close()
    await telemetry?.close()
  }
  let listener: Listener
  try {
    listener = await listen(app.fetch, config)
  } catch (error) {
    // All parts are closed, so that an embedding program can go on or exit.
    await closeParts()
    throw error
  }

  background = startBackgroundWork({
    config,
    db: work,
    lock,
    checkpoint: storage.checkpoint,
    blobs,
    runLog,
    models,
    budgetsOf: access.budgetsOf,
    search,
    sandboxes,
    pythonSessions,
    ownTools,
    outages,
    allowances,
    limits: admission.limits,
    runTurns,
    fileTurns,
    sendWebhook,
    observer,
    log,
  })

  async function close(): Promise<void> {
    closing.abort()
    // Load balancers notice in this time that the server is not ready, and send no more requests.
    await sleep(config.drainSeconds * 1_000)
    listener.stop()
    await background?.close()
    // No more events will come. Streams now end with an event that says so, and clients that do not read are
    // disconnected.
    ending.abort(closesBeforeAnswer())
    await listener.disconnect()
    await closeParts()
  }
  return {
    url: listener.url,
    baseURL: `${listener.url}/v1`,
    apiKey: config.apiKey,
    adminKey: config.adminKey || adminKeyInFile(config.dataDir),
    async models() {
      await Promise.race([models.ready, sleep(1_000, undefined, { ref: false })])
      return models.describe().map(({ text }) => text)
    },
    sandbox: sandboxes.settled,
    failed: storage.failed,
    close,
  }
}
