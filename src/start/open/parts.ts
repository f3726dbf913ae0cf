import type { Config } from '../../config/config.ts'
import { Outages } from '../../engine/outages.ts'
import { createRunTurns } from '../../engine/worker.ts'
import { keepProblems, noLog } from '../../common/log.ts'
import { openRegistry } from '../../models/registry.ts'
import { openAdmission } from './admission.ts'
import { openObservers } from './observers.ts'
import { openPython } from './python.ts'
import { openStorage } from './storage.ts'
import { createPublicFetch } from '../../common/public-fetch.ts'
import { createPublicPictures } from '../../common/public-pictures.ts'
import { localModelPaths, openLocalModel } from '../../sandbox/embedding/local-model.ts'
import { watchPaths } from '../../sandbox/watch-paths.ts'
import { createFileTurns } from '../../search/indexer.ts'
import { openSearch } from '../../search/open-search.ts'
import type { StartOptions } from '../options.ts'
import { countActiveRuns, countFilesToIndex } from '../../store/storage-state.ts'
import { countWebhooks } from '../../store/webhook-deliveries.ts'
import { createWebhookSender } from '../../webhooks/send.ts'
import { keepWebhookSettings } from '../../webhooks/settings.ts'

/** What requests and the background work share. */
export type Parts = Awaited<ReturnType<typeof openParts>>

/** Opens what requests and the background work share. `opened` closes it, what was opened last first. */
export async function openParts(config: Config, options: StartOptions, opened: AsyncDisposableStack) {
  const { log, problems } = keepProblems(options.log ?? noLog)
  const runTurns = createRunTurns(log)
  const fileTurns = createFileTurns(log)
  const state = {
    activeRuns: () => countActiveRuns(storage.db),
    filesToIndex: () => countFilesToIndex(storage.db),
    webhooks: () => countWebhooks(storage.db),
    sessions: () => python.sandboxes.sessions.count(),
    sessionMemory: () => python.sandboxes.sessions.memory(),
    places: () => ({ runs: runTurns.report(), files: fileTurns.report() }),
  }
  const observers = await openObservers(config, { log, state }, opened)
  const { metrics, observer } = observers
  const storage = await openStorage(config, { log, observer })
  opened.defer(() => storage.close())
  const { db, at, lock } = storage
  observers.startTelemetry(lock.id)
  const models = openRegistry(config.models, {
    own: { host: config.host, port: config.port },
    log,
    ...(options.models && { models: options.models }),
  })
  opened.defer(() => models.close())
  const python = openPython(config, { storage, log }, opened)
  const search = openSearch({
    db,
    at,
    settings: config.search,
    openLocalModel: () => openLocalModel(config.dataDir),
    log,
  })
  opened.defer(() => search.close())
  opened.defer(watchPaths(localModelPaths(config.dataDir), () => search.lookForModel()))
  const publicFetch = createPublicFetch(config.privateHosts)
  const pictures = createPublicPictures(publicFetch)
  const sendWebhook = createWebhookSender(publicFetch)
  await keepWebhookSettings(db, config.webhooks)
  return {
    ...(await openAdmission(config, { db, models, log }, opened)),
    config,
    ownTools: options.tools ?? [],
    log,
    problems,
    runTurns,
    fileTurns,
    outages: new Outages(log),
    metrics,
    observer,
    storage,
    models,
    ...python,
    search,
    publicFetch,
    pictures,
    sendWebhook,
  }
}
