import type { BlobStore } from '../store/blobs/blobs.ts'
import type { Config } from '../config/config.ts'
import type { Outages } from '../engine/outages.ts'
import { reportRuns } from '../engine/worker.ts'
import { answerWithin } from '../common/answer-within.ts'
import type { Problem } from '../common/log.ts'
import type { OpenRegistry } from '../models/registry.ts'
import { describeExtras } from '../sandbox/describe-extras.ts'
import type { Sandboxes } from '../sandbox/start-sandboxes.ts'
import type { Search } from '../search/open-search.ts'
import type { Database } from '../store/database.ts'
import { stateOfDatabase, stateOfFiles } from '../store/storage-state.ts'
import { countWebhooks } from '../store/webhook-deliveries.ts'
import type { Turns } from '../common/turns.ts'

/** What the report is about. */
export interface ReportedParts {
  version: string
  config: Config
  db: Database
  blobs: BlobStore
  /** The id of this server. */
  self: string
  models: OpenRegistry
  sandboxes: Sandboxes
  search: Search
  outages: Outages
  runTurns: Turns
  fileTurns: Turns
  /** The last warnings and errors of the log. */
  problems: () => Problem[]
}

/** How long the database may take for its part of the report, in milliseconds. */
const timeoutMs = 5_000

/** What `/health` tells the owner of the server, besides whether writes reach the disk. docs/operations.md lists it. */
export function createHealthReport({
  version,
  config,
  sandboxes,
  search,
  models,
  ...parts
}: ReportedParts): () => Promise<Record<string, unknown>> {
  const { dataDir, filesUrl, codeInterpreter } = config
  const { db, blobs, self } = parts
  const askDatabase = answerWithin(timeoutMs, () => stateOfDatabase(db, self))
  const askWebhooks = answerWithin(timeoutMs, () => countWebhooks(db))
  return async () => {
    const [database, files, webhooks] = await Promise.all([
      askDatabase(),
      stateOfFiles({ blobs, dataDir, inBucket: filesUrl !== '' }),
      askWebhooks(),
    ])
    return {
      version,
      started_at: Math.floor(performance.timeOrigin / 1_000),
      node: process.versions.node,
      database,
      ...files,
      code_interpreter: sandboxes.status(),
      python_sessions: {
        open: sandboxes.sessions.count(),
        memory_bytes: await sandboxes.sessions.memory().catch(() => null),
      },
      file_search: search.status(),
      setup: describeExtras({
        dataDir,
        embedding: config.search.embedding,
        engine: codeInterpreter.engine,
        packages: sandboxes.status().packages,
      }).line,
      models: models.describe().map(({ text }) => text),
      problems: parts.problems(),
      model_problems: models.problems().map(({ text }) => text),
      runs: reportRuns(parts.runTurns),
      unreachable_providers: parts.outages.report(),
      files: parts.fileTurns.report(),
      telemetry: config.telemetry
        ? { traces: config.telemetry.traces !== undefined, metrics: config.telemetry.metrics !== undefined }
        : null,
      webhooks,
    }
  }
}
