import { assistantsTranscript } from '../assistants/assistants-transcript.ts'
import { RunBudgets } from '../budgets/run-budgets.ts'
import type { Config } from '../config/config.ts'
import { leftOutParameters } from '../engine/left-out.ts'
import type { Outages } from '../engine/outages.ts'
import { startSweeper } from '../engine/sweeper.ts'
import { transcripts } from '../engine/transcript.ts'
import type { TurnAllowances } from '../engine/turn-allowances.ts'
import { startWorker } from '../engine/worker.ts'
import { describeError, type Log } from '../common/log.ts'
import type { ModelRegistry } from '../models/model.ts'
import { expireRuns } from '../operations/expire-runs.ts'
import { responsesTranscript } from '../responses/responses-transcript.ts'
import { turnsBetween } from '../responses/turns-between.ts'
import { observedRun } from './run-apis.ts'
import type { Sandboxes } from '../sandbox/start-sandboxes.ts'
import { startExtractor } from '../search/extract/extractor.ts'
import { startIndexingAnew } from '../search/index-anew.ts'
import { startIndexer } from '../search/indexer.ts'
import type { Search } from '../search/open-search.ts'
import { startPreparer } from '../search/preparer.ts'
import { quoteFor } from '../search/quote.ts'
import { searchForRun } from '../search/search-for-run.ts'
import type { BudgetsOf } from '../store/usage/budgets.ts'
import type { BlobStore } from '../store/blobs/blobs.ts'
import type { Checkpoint } from '../store/sqlite/checkpoint.ts'
import { storeChores } from '../store/chores/chores.ts'
import { passOnAll } from '../store/waiting-runs.ts'
import type { Database } from '../store/database.ts'
import type { Reservation } from '../store/leased-worker.ts'
import { createTrial } from '../store/trial.ts'
import type { Limits } from '../store/usage/limits.ts'
import type { RunLog } from '../store/run-log.ts'
import type { ServerLock } from '../store/sqlite/server-lock.ts'
import { watchServers } from '../store/watch-servers.ts'
import type { Observer } from '../telemetry/observer.ts'
import { createSessionPlaces } from '../tools/code-interpreter/session-places.ts'
import type { SandboxSessions } from '../tools/code-interpreter/sandbox-sessions.ts'
import { createCodeInterpreter } from '../tools/code-interpreter/tool.ts'
import { customTool } from '../tools/custom.ts'
import { createMcp } from '../tools/mcp/tool.ts'
import { createPublicFetch } from '../common/public-fetch.ts'
import type { PublicPictures } from '../common/public-pictures.ts'
import { mcpPackages, withoutPackages } from '../common/optional-packages.ts'
import { ToolFailure } from '../tools/tool-failure.ts'
import { computerTool } from '../tools/hosted/computer.ts'
import { hostedTool } from '../tools/hosted/hosted-tool.ts'
import { createFileSearch } from '../tools/file-search/tool.ts'
import { ownTool, type OwnTool } from '../tools/own-tool.ts'
import { toolsByType } from '../tools/tool-set.ts'
import type { StoredRun } from '../contract/runs.ts'
import type { Turns } from '../common/turns.ts'
import { startWebhookWorker } from '../webhooks/deliver.ts'
import type { SendWebhook } from '../webhooks/send.ts'

/** The parts that the work is done with. */
export interface WorkParts {
  config: Config
  /** Waits while the database is away. */
  db: Database
  lock: ServerLock
  checkpoint: Checkpoint
  blobs: BlobStore
  runLog: RunLog
  models: ModelRegistry
  /** What projects may use at most. */
  budgetsOf: BudgetsOf
  search: Search
  sandboxes: Sandboxes
  pythonSessions: SandboxSessions
  ownTools: readonly OwnTool[]
  outages: Outages
  allowances: TurnAllowances
  limits: () => Limits
  runTurns: Turns
  fileTurns: Turns
  pictures: PublicPictures
  sendWebhook: SendWebhook
  observer: Observer
  log: Log
}

export interface BackgroundWork {
  /** Reserves a place for a run that is about to be created. Undefined when the run has to wait for a place. */
  reserve(lane: string): Reservation<StoredRun> | undefined
  /** Releases runs and files so that another server can claim them. */
  close(): Promise<void>
}

/** Starts all that the server does by itself: it works on runs, indexes files, sends webhooks, watches other servers, and clears away. */
export function startBackgroundWork({
  config,
  lock,
  checkpoint,
  search,
  sandboxes,
  ownTools,
  pythonSessions,
  runTurns,
  fileTurns,
  budgetsOf,
  ...parts
}: WorkParts): BackgroundWork {
  const { db, blobs, runLog, log, limits } = parts
  const places = createSessionPlaces({
    db,
    limits,
    server: lock.id,
    lives: (id) => lock.lives(id),
    sessions: sandboxes.sessions,
    sandboxSessions: pythonSessions,
  })
  const tools = toolsByType([
    createFileSearch({ db, search: searchForRun(search.deps), quote: quoteFor }),
    createCodeInterpreter({ db, blobs, sessions: sandboxes.sessions, server: lock.id, limits, places }),
    customTool,
    hostedTool('web_search'),
    hostedTool('image_generation'),
    computerTool,
    createMcp({ fetch: createPublicFetch(config.privateHosts), load: () => loadMcp(log) }),
    ...ownTools.map(ownTool),
  ])
  const leases = { owner: lock.id, trial: createTrial() }
  const priceOf = (model: string) => parts.models.priceOf(model)
  const worker = startWorker({
    ...leases,
    ...parts,
    budgets: new RunBudgets({ db, budgetsOf, priceOf, log }),
    leftOut: leftOutParameters(log, config.responses.isStrict),
    turns: runTurns,
    observed: observedRun,
    openTranscript: transcripts({
      assistants: assistantsTranscript(db, runLog, tools, turnsBetween),
      responses: responsesTranscript(db, runLog, tools, config.containerMinutes),
    }),
  })
  const extractor = startExtractor()
  const { prepare, ...preparer } = startPreparer()
  const indexer = startIndexer({
    ...leases,
    turns: fileTurns,
    db,
    blobs,
    extractor,
    prepare,
    limits,
    embedder: search.embedder,
    observer: parts.observer,
    log,
  })
  const webhooks = startWebhookWorker({
    ...leases,
    db,
    send: parts.sendWebhook,
    tried: (status) => parts.observer.webhookTried(status),
    log,
  })
  const indexingAnew = startIndexingAnew({ db, prepare, log })
  const watch = watchServers({ db, lock, log })
  const sweeper = startSweeper({
    chores: [
      ...[() => expireRuns(db, runLog), ...storeChores(db, blobs, config.retention)].map(
        (chore) => async () => db.leads() && chore(),
      ),
      // The server that leads may be one of an older version, which does not do this.
      () => passOnAll(db),
    ],
    checkpoint: () => checkpoint.run(),
    log,
  })
  return {
    reserve: (lane) => worker.reserve(lane),
    async close() {
      await watch.close()
      await Promise.all([worker.close(), indexer.close(), indexingAnew.close(), webhooks.close()])
      await Promise.all([extractor.close(), preparer.close()])
      await sweeper.close()
    },
  }
}

/** The client is loaded for the first run that needs it, and may not be installed: the log has the command that does. */
const loadMcp = (log: Log) =>
  import('../tools/mcp/connect.ts').catch((error: unknown) => {
    log('error', 'the MCP client cannot be used', describeError(withoutPackages(mcpPackages, error)))
    throw new ToolFailure('The client of MCP is not installed on this server. Its log says how that is done.')
  })
