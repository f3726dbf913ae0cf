import { fileURLToPath } from 'node:url'
import type { Hono } from 'hono'
import { createCompletions } from '../../completions/completions.ts'
import { observeCompletions } from '../../completions/observe-completions.ts'
import { isLoopback } from '../../config/network.ts'
import { createHealthReport } from '../health-report.ts'
import { createApp } from '../../http/app.ts'
import type { Env } from '../../http/call.ts'
import { startJsonParser } from '../../http/json-parser.ts'
import { describeError } from '../../common/log.ts'
import type { Parts } from './parts.ts'
import type { Context } from '../../operations/context.ts'
import { defaultSandboxLimits } from '../../sandbox/default-limits.ts'
import { startExtractor } from '../../search/extract/extractor.ts'
import { createDocumentReader } from '../../search/read-document.ts'
import manifest from '../../../package.json' with { type: 'json' }

/** Where `npm run console` puts what it builds. The way is the same from `src` and from `dist`. */
const consoleFolder = fileURLToPath(new URL('../../../console/dist/', import.meta.url))

export interface AppEnds {
  /** Aborted when the server was told to stop: it still answers, but should get no new requests. */
  stopping: AbortSignal
  /** Aborted when streams have to end, with the error that tells their readers so. */
  ending: AbortSignal
}

/** The API over these parts. `opened` closes the threads in which it reads what requests bring. */
export function openApp(
  parts: Parts,
  { stopping, ending, reserve }: AppEnds & Pick<Context, 'reserve'>,
  opened: AsyncDisposableStack,
): Hono<Env> {
  const { config, storage, models, search, access, observer, log } = parts
  const { db, blobs, lock } = storage
  const { version } = manifest
  // One thread of its own: a request waits for it, and files of vector stores do not.
  const extractor = startExtractor({ workers: 1 })
  opened.defer(() => extractor.close())
  const json = startJsonParser()
  opened.defer(() => json.close())
  const completions = createCompletions({ models, embedder: search.embedder })
  return createApp({
    json,
    limits: config.limits,
    ownTools: parts.ownTools.map(({ type }) => type),
    closing: ending,
    // Whoever reaches a server on another address may call it by a name that it cannot know.
    ...(isLoopback(config.host) && { allowedHosts: config.allowedHosts }),
    db,
    blobs,
    log: storage.runLog,
    catalog: models,
    budgetsOf: access.budgetsOf,
    places: parts.runTurns,
    outages: parts.outages,
    allowances: parts.allowances,
    admission: parts.admission,
    reserve,
    server: lock.id,
    pythonSessions: parts.pythonSessions,
    containers: {
      minutes: config.containerMinutes,
      memory: config.codeInterpreter.limits?.memory ?? defaultSandboxLimits.memory,
      isOff: config.codeInterpreter.engine === 'off',
    },
    search: search.deps,
    sendWebhook: parts.sendWebhook,
    documents: createDocumentReader({ db, blobs, extractor }),
    publicFetch: parts.publicFetch,
    pictures: parts.pictures,
    responses: config.responses,
    completionBudgets: parts.completionBudgets,
    completions: observeCompletions(completions, observer, models),
    notCounted: (error) => log('warn', 'a completion was not counted', describeError(error)),
    access,
    observer,
    metrics: parts.metrics,
    serverLog: log,
    console: { folder: consoleFolder, version },
    health: {
      check: () => storage.checkWrites(),
      isClosing: () => stopping.aborted,
      report: createHealthReport({ ...parts, version, db, blobs, self: lock.id }),
    },
  })
}
