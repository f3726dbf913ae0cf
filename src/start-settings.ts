import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkSettings } from './check-settings.ts'
import { readConfig, type Config } from './config.ts'
import { temporaryName } from './sandbox/temporary-folder.ts'
import type { PostgresSettings } from './store/postgres-settings.ts'

/**
 * The settings of a server that a program starts in itself. Each may be left out, and so may each of their fields. The
 * environment is not read: a test must not reach a provider because a key happens to be set.
 */
export interface StartSettings {
  /** Address to listen on: 127.0.0.1 unless told. One that others can reach needs an `apiKey`. */
  host?: Config['host'] | undefined
  /** Port to listen on. 0, which is the default, takes any free one. */
  port?: Config['port'] | undefined
  /**
   * Folder of the database and the files; it is made where it is not there, and stays. Without one the server has a new
   * folder of its own, which is removed when it closes.
   */
  dataDir?: Config['dataDir'] | undefined
  /** Rows in PostgreSQL, which several servers may share: `{ url: 'postgres://…' }`. The files stay in the folder. */
  database?: (Pick<PostgresSettings, 'url'> & Partial<PostgresSettings>) | undefined
  /**
   * Where contents of files are, in place of the data folder: `s3://bucket/prefix?endpoint=https://…&region=…`. Credentials
   * come from where Amazon's own clients take them.
   */
  filesUrl?: Config['filesUrl'] | undefined
  /** The key that clients send, of 16 characters or more. Without one a key is made: `Server.apiKey` has it. */
  apiKey?: Config['apiKey'] | undefined
  apiKeyFrom?: Config['apiKeyFrom'] | undefined
  /** Providers and aliases. Models of the program itself are an option of `start`, not a setting. */
  models?: Partial<Config['models']> | undefined
  search?: Partial<Config['search']> | undefined
  /** `{ engine: 'off' }` refuses the tool, and starts a little faster. */
  codeInterpreter?: Partial<Config['codeInterpreter']> | undefined
  /** How long `/health?ready` says that the server closes before it does, in seconds: 0 unless told. */
  drainSeconds?: Config['drainSeconds'] | undefined
  retention?: Partial<Config['retention']> | undefined
  limits?: Partial<Config['limits']> | undefined
  modelMirror?: Config['modelMirror'] | undefined
  pypiMirror?: Config['pypiMirror'] | undefined
  pyodideMirror?: Config['pyodideMirror'] | undefined
}

export interface CompleteSettings {
  config: Config
  /** Removes the folder, where the server has one of its own. */
  removeFolder: () => void
}

/** Fills in what was left out. Throws ConfigError with every problem. */
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
    models,
    search,
    codeInterpreter,
    retention,
    limits,
    ...others
  } = given
  const config = readConfig({
    THREADMILL_PORT: String(port),
    THREADMILL_DATA_DIR: folder ?? dataDir,
    ...(filesUrl !== undefined && { THREADMILL_FILES_URL: filesUrl }),
    ...(host !== undefined && { THREADMILL_HOST: host }),
    ...(apiKey !== undefined && { THREADMILL_API_KEY: apiKey }),
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
  }
}

const withoutUndefined = <Given extends object>(given: Given = {} as Given) =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Given]?: Exclude<Given[Name], undefined>
  }

/** Folders that go with the process at the latest: a test that fails may not come to its `close`. */
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
