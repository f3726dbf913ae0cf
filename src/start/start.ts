/// <reference lib="esnext.disposable" preserve="true" />
import { setTimeout as sleep } from 'node:timers/promises'
import { startBackgroundWork, type BackgroundWork } from './background-work.ts'
import { checkOptions } from '../config/check-settings.ts'
import type { Config } from '../config/config.ts'
import { listen } from '../http/listen.ts'
import { openApp } from './open/app.ts'
import { openParts } from './open/parts.ts'
import type { SandboxStatus } from '../sandbox/start-sandboxes.ts'
import { startFailure } from './failure.ts'
import type { StartOptions } from './options.ts'
import { completeSettings, type StartSettings } from '../config/start-settings.ts'
import { adminKeyInFile } from '../store/admin-key-file.ts'
import { patient } from '../store/patient.ts'
import { closesBeforeAnswer } from '../errors/unavailable.ts'

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

/** Opens all parts, lets requests in, and starts the background work. Whatever fails, all that was opened is closed. */
async function startWith(
  config: Config,
  options: StartOptions,
): Promise<Omit<Server, typeof Symbol.asyncDispose>> {
  await using opened = new AsyncDisposableStack()
  const parts = await openParts(config, options, opened)
  const stopping = new AbortController()
  const ending = new AbortController()
  let background: BackgroundWork | undefined
  const app = openApp(
    parts,
    { stopping: stopping.signal, ending: ending.signal, reserve: (lane) => background?.reserve(lane) },
    opened,
  )
  const listener = await listen(app.fetch, config)
  const { storage, models, sandboxes } = parts
  background = startBackgroundWork({
    ...parts,
    ...storage,
    // The work waits while the database is away.
    db: patient(storage.db, stopping.signal),
    budgetsOf: parts.access.budgetsOf,
    limits: parts.admission.limits,
  })
  const open = opened.move()

  async function close(): Promise<void> {
    stopping.abort()
    // Load balancers notice in this time that the server is not ready, and send no more requests.
    await sleep(config.drainSeconds * 1_000)
    listener.stop()
    await background?.close()
    // No more events will come. Streams now end with an event that says so, and clients that do not read are
    // disconnected.
    ending.abort(closesBeforeAnswer())
    await listener.disconnect()
    await open.disposeAsync()
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
