import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkSettings } from './check-settings.ts'
import { readConfig, type Config } from './config.ts'
import { temporaryName } from '../common/temporary-folder.ts'
import type { PostgresSettings } from '../store/postgres/settings.ts'

/**
 * The settings of a server that a program starts in its own process. All of them, and all of their fields, are
 * optional. The environment is not read, because a test must not reach a provider only because a key happens to be set.
 */
export interface StartSettings {
  /** Address to listen on, 127.0.0.1 by default. An address that other machines can reach needs an `apiKey`. */
  host?: Config['host'] | undefined
  /** Names that a server on loopback answers to besides those of loopback. */
  allowedHosts?: Config['allowedHosts'] | undefined
  /** Port to listen on. The default is 0, which takes any free port. */
  port?: Config['port'] | undefined
  /**
   * Folder of the database and the files. It is made when it does not exist, and is not removed. By default the server
   * makes a new folder, which is removed when it closes.
   */
  dataDir?: Config['dataDir'] | undefined
  /**
   * Keeps the rows in PostgreSQL, which several servers may share: `{ url: 'postgres://…' }`. The files stay in the
   * folder.
   */
  database?: (Pick<PostgresSettings, 'url'> & Partial<PostgresSettings>) | undefined
  /**
   * Keeps the contents of files in a bucket instead of the data folder:
   * `s3://bucket/prefix?endpoint=https://…&region=…`. Credentials are taken from the same places as by Amazon's own
   * clients.
   */
  filesUrl?: Config['filesUrl'] | undefined
  /** The key that clients send, at least 16 characters. By default a key is made, which is in `Server.apiKey`. */
  apiKey?: Config['apiKey'] | undefined
  apiKeyFrom?: Config['apiKeyFrom'] | undefined
  /**
   * The key of the administration API, at least 16 characters. By default a key is made, which is in the file `admin-api-key` of
   * the data folder.
   */
  adminKey?: Config['adminKey'] | undefined
  /** Providers and aliases. Models of the embedding program are an option of `start`, not a setting. */
  models?: Partial<Config['models']> | undefined
  search?: Partial<Config['search']> | undefined
  /** `{ engine: 'off' }` refuses code interpreter, and makes the start a little faster. */
  codeInterpreter?: Partial<Config['codeInterpreter']> | undefined
  /** How many seconds before it closes the server answers `/health?ready` with an error, 0 by default. */
  drainSeconds?: Config['drainSeconds'] | undefined
  /** After so many minutes without activity a container of code interpreter expires, 20 by default. */
  containerMinutes?: Config['containerMinutes'] | undefined
  retention?: Partial<Config['retention']> | undefined
  /** Where traces and numbers are sent in the form of OpenTelemetry. The SDK has to be installed. */
  telemetry?: Config['telemetry']
  limits?: Partial<Config['limits']> | undefined
  /** Endpoints that are told of the end of runs. */
  webhooks?: Config['webhooks'] | undefined
  /** Where the Responses API differs from its defaults. */
  responses?: Partial<Config['responses']> | undefined
  /** Names, addresses and networks that webhooks and MCP servers may be at although they are private; `*` for all. */
  privateHosts?: Config['privateHosts'] | undefined
  modelMirror?: Config['modelMirror'] | undefined
  pypiMirror?: Config['pypiMirror'] | undefined
  pyodideMirror?: Config['pyodideMirror'] | undefined
}

export interface CompleteSettings {
  config: Config
  /** Removes the folder if the server made it for itself. */
  removeFolder: () => void
}

/** Fills in the defaults. Throws a ConfigError that lists every problem. */
export function completeSettings(given: StartSettings): CompleteSettings {
  checkSettings(given)
  const folder = given.dataDir === undefined ? ownFolder() : undefined
  try {
    return { config: complete(given, folder?.path), removeFolder: folder?.remove ?? (() => {}) }
  } catch (error) {
    folder?.remove()
    throw error
  }
}

function complete(given: StartSettings, folder: string | undefined): Config {
  const {
    host,
    port = 0,
    dataDir,
    database,
    filesUrl,
    apiKey,
    adminKey,
    models,
    search,
    codeInterpreter,
    retention,
    limits,
    responses,
    ...others
  } = given
  const config = readConfig({
    THREADMILL_PORT: String(port),
    THREADMILL_DATA_DIR: folder ?? dataDir,
    ...(filesUrl !== undefined && { THREADMILL_FILES_URL: filesUrl }),
    ...(host !== undefined && { THREADMILL_HOST: host }),
    ...(apiKey !== undefined && { THREADMILL_API_KEY: apiKey }),
    ...(adminKey !== undefined && { THREADMILL_ADMIN_KEY: adminKey }),
    ...(database && { THREADMILL_DATABASE_URL: database.url }),
  })
  return {
    ...config,
    ...withoutUndefined(others),
    database: config.database && { ...config.database, ...withoutUndefined(database) },
    models: { ...config.models, discover: false, ...withoutUndefined(models) },
    search: { ...config.search, ...withoutUndefined(search) },
    codeInterpreter: { ...config.codeInterpreter, ...withoutUndefined(codeInterpreter) },
    retention: { ...config.retention, ...withoutUndefined(retention) },
    limits: { ...config.limits, ...withoutUndefined(limits) },
    responses: { ...config.responses, ...withoutUndefined(responses) },
  }
}

const withoutUndefined = <Given extends object>(given: Given = {} as Given) =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Given]?: Exclude<Given[Name], undefined>
  }

/** Temporary folders that are removed when the process exits, because a failing test may never call `close`. */
const folders = new Set<string>()
const removeAll = () => folders.forEach(remove)

function remove(folder: string): void {
  folders.delete(folder)
  if (folders.size === 0) process.off('exit', removeAll)
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}

function ownFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(realpathSync(tmpdir()), temporaryName('data')))
  if (folders.size === 0) process.on('exit', removeAll)
  folders.add(path)
  return { path, remove: () => remove(path) }
}
