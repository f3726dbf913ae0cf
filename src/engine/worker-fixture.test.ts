import { join } from 'node:path'
import { observedRun } from '../start/run-apis.ts'
import { assistantsTranscript } from '../assistants/assistants-transcript.ts'
import { turnsBetween } from '../responses/turns-between.ts'
import { noLog } from '../common/log.ts'
import { openRegistry } from '../models/registry.ts'
import { scripted, type Script } from '../models/scripted.ts'
import { openFolderBlobs } from '../store/blobs/folder.ts'
import type { Database } from '../store/database.ts'
import { createTrial } from '../store/trial.ts'
import { readLimits } from '../store/usage/limits.ts'
import { createRateLimiter } from '../store/usage/rate-limiter.ts'
import { openServerLock } from '../store/sqlite/server-lock.ts'
import { runQueued } from '../store/signals.ts'
import { watchServers } from '../store/watch-servers.ts'
import { toolsByType } from '../tools/tool-set.ts'
import { observers } from '../telemetry/observer.ts'
import { createStoreFixture } from '../../test/store/fixture.ts'
import { transcripts } from './transcript.ts'
import { RunBudgets } from '../budgets/run-budgets.ts'
import { Outages } from './outages.ts'
import { TurnAllowances } from './turn-allowances.ts'
import { createRunTurns, startWorker } from './worker.ts'

/** A worker on a database of its own; `m` is its model. `reach` is how it reaches that database. */
export async function openWorker(script: Script, reach = (db: Database) => db) {
  const store = await createStoreFixture()
  const model = scripted(script)
  const models = openRegistry({}, { models: { m: model } })
  const blobs = openFolderBlobs(join(store.folder, 'files'))
  const db = reach(store.db)
  const parts = { db, blobs, runLog: store.log, log: noLog, observer: observers([]) }
  const assistants = assistantsTranscript(db, store.log, toolsByType([]), turnsBetween)
  const openTranscript = transcripts({ assistants, responses: assistants })
  const lock = openServerLock(store.folder)
  const turns = createRunTurns(noLog)
  const leases = { owner: lock.id, trial: createTrial(), turns }
  const outages = new Outages(noLog)
  const budgets = new RunBudgets({ db, budgetsOf: () => [], priceOf: () => undefined, log: noLog })
  const limiter = createRateLimiter(db, noLog)
  const limits = () => readLimits([])
  const allowances = new TurnAllowances({ limits, limiter })
  const worker = startWorker({
    ...parts,
    ...leases,
    models,
    openTranscript,
    leftOut: () => {},
    pictures: { loaded: async () => Buffer.of() },
    outages,
    allowances,
    limits,
    budgets,
    observed: observedRun,
  })
  const watch = watchServers({ db: store.db, lock, log: noLog })
  return {
    ...store,
    model,
    worker,
    turns,
    async queue(tools: string[] = []) {
      const run = await store.run(undefined, tools)
      store.db.signals.raise(runQueued)
      return run
    },
    async [Symbol.asyncDispose]() {
      await watch.close()
      await worker.close()
      lock.close()
      await models.close()
      await store[Symbol.asyncDispose]()
    },
  }
}
