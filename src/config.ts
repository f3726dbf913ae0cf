import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describeClosed } from './closed-place.ts'
import { ConfigError } from './errors.ts'
import { newApiKey } from './ids.ts'
import { logLevels, type LogLevel } from './log.ts'
import { makeFolders } from './make-folders.ts'
import { readResponsesSettings, type ResponsesSettings } from './contract/responses/settings.ts'
import { readRequestLimits, type RequestLimits } from './contract/request-limits.ts'
import { withoutOwnKeys } from './models/own-keys.ts'
import type { ModelSettings } from './models/model-settings.ts'
import { readModelSettings } from './models/settings.ts'
import { readSandboxSettings, type SandboxSettings } from './sandbox/settings.ts'
import { readEmbeddingSettings, type SearchSettings } from './search/embedding-settings.ts'
import { readPostgresSettings, type PostgresSettings } from './store/postgres-settings.ts'
import { settings } from './environment-settings.ts'
import { parseFilesUrl } from './store/files-url.ts'
import { readOtlpSettings, type OtlpSettings } from './telemetry/otlp-settings.ts'
import { readRetention, type Retention } from './store/retention.ts'
import { isHostOrNetwork } from './public-addresses.ts'
import { readWebhookSettings, type WebhookSettings } from './webhooks/settings.ts'

export interface Config {
  host: string
  /** Names that a server on loopback answers to besides those of loopback, in lower case and without ports. */
  allowedHosts: string[]
  /** 0 means any free port. */
  port: number
  dataDir: string
  /** Undefined when the database is in the data folder. */
  database: PostgresSettings | undefined
  /** The address of an S3-compatible store for the contents of files. Empty when they are in the data folder. */
  filesUrl: string
  apiKey: string
  /** Whether the key was made at this first start, found in the data folder, or given by the environment. */
  apiKeyFrom: 'made' | 'file' | 'environment'
  /** The key of the administration API. '' where the environment gives none: then one is made at the first start. */
  adminKey: string
  models: ModelSettings
  search: SearchSettings
  codeInterpreter: SandboxSettings
  /**
   * How many seconds the server still answers after it was told to stop. Load balancers notice in this time that they
   * should send no more requests to it.
   */
  drainSeconds: number
  /** After so many minutes without activity a container of code interpreter expires, at most. */
  containerMinutes: number
  retention: Retention
  webhooks: WebhookSettings[]
  responses: ResponsesSettings
  /**
   * Hosts and networks that webhooks and MCP servers may be at although they are private: names, addresses, `10.0.0.0/8`, or `*`
   * for all.
   */
  privateHosts: string[]
  /** Undefined where no traces and numbers are sent. */
  telemetry: OtlpSettings | undefined
  limits: RequestLimits
  /** The address from which `models pull` downloads. Empty for the place where the model is published. */
  modelMirror: string
  /** The package index of `setup`. Empty for the one that uv or pip is configured to use. */
  pypiMirror: string
  /** The address from which `python prefetch` downloads. Empty for the place where Pyodide is published. */
  pyodideMirror: string
}

/** The log of the program. One that embeds the server has its own. */
export interface LogSettings {
  /** '' where the environment leaves it to the program. */
  level: LogLevel | ''
  /** '' for standard error. */
  file: string
}

/** A level that there is not, which `readConfig` refuses, counts as none. A relative path starts at `folder`. */
export function readLogSettings(env: Environment, folder: string): LogSettings {
  const { THREADMILL_LOG_LEVEL: level = '', THREADMILL_LOG_FILE: file } = env
  return { level: isLogLevel(level) ? level : '', file: file ? resolve(folder, file) : '' }
}

export const isLoopback = (host: string) =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

/** What the settings are read for: to look at data, to write into the data folder, or to serve. */
export type Use = 'read' | 'write' | 'serve'

type Environment = Record<string, string | undefined>

/**
 * Reads the settings from the environment; no other code does. Throws a ConfigError that lists all problems, before
 * anything is opened. Only `write` and `serve` make the data folder, and only `serve` makes a key; otherwise `apiKey`
 * is '' when there is none. Relative paths in the environment start at `folder`, but the default data folder is in the
 * working directory of the process. `options` has the settings of the command line, with the spelling that was used
 * there, which the problems name.
 */
export function readConfig(
  env: Environment,
  {
    use = 'serve',
    folder = process.cwd(),
    options = {},
  }: { use?: Use; folder?: string; options?: Record<string, string> } = {},
): Config {
  const problems: string[] = []
  const called = (name: string) => options[name] ?? name
  const read = (name: string) =>
    env[name] || (settings.find((setting) => setting.name === name)?.fallback ?? '')
  for (const name of Object.keys(env)) {
    if (name.startsWith('THREADMILL_') && !settings.some((setting) => setting.name === name)) {
      problems.push(`${name} is not a setting; "threadmill --help" lists them`)
    }
  }

  const host = read('THREADMILL_HOST')
  const port = Number(read('THREADMILL_PORT'))
  if (!/^\d+$/.test(read('THREADMILL_PORT')) || port > 65_535) {
    problems.push(
      `${called('THREADMILL_PORT')} is "${read('THREADMILL_PORT')}"; it must be a whole number from 0 to 65535`,
    )
  }
  const readList = (name: string) =>
    read(name)
      .toLowerCase()
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean)
  const allowedHosts = readList('THREADMILL_ALLOWED_HOSTS')
  const noName = allowedHosts.find((name) => !/^([\w-]+(\.[\w-]+)*|\[[\da-f:.]+\])$/.test(name))
  if (noName !== undefined)
    problems.push(
      `THREADMILL_ALLOWED_HOSTS has "${noName}"; it must be names or addresses with commas, without scheme, port and path`,
    )
  const privateHosts = readList('THREADMILL_PRIVATE_HOSTS')
  const noHost = privateHosts.find((host) => !isHostOrNetwork(host))
  if (noHost !== undefined)
    problems.push(
      `THREADMILL_PRIVATE_HOSTS has "${noHost}"; it must be names, addresses or networks (10.0.0.0/8) with commas, or *`,
    )
  const apiKey = read('THREADMILL_API_KEY')
  if (apiKey !== '' && apiKey.length < 16) problems.push('THREADMILL_API_KEY must have 16 characters or more')
  if (/\s/.test(apiKey)) problems.push('THREADMILL_API_KEY must not contain spaces')
  const adminKey = read('THREADMILL_ADMIN_KEY')
  if (adminKey !== '' && adminKey.length < 16)
    problems.push('THREADMILL_ADMIN_KEY must have 16 characters or more')
  if (/\s/.test(adminKey)) problems.push('THREADMILL_ADMIN_KEY must not contain spaces')
  if (adminKey !== '' && adminKey === apiKey)
    problems.push('THREADMILL_ADMIN_KEY and THREADMILL_API_KEY must be two keys')
  if (use === 'serve' && !isLoopback(host) && apiKey === '') {
    problems.push(
      `${called('THREADMILL_HOST')} is ${host}, which others can reach: set THREADMILL_API_KEY as well`,
    )
  }
  const logLevel = read('THREADMILL_LOG_LEVEL')
  if (!isLogLevel(logLevel))
    problems.push(`THREADMILL_LOG_LEVEL is "${logLevel}"; it must be ${logLevels.join(', ')}, or empty`)
  const readMirror = (name: string) => {
    const address = read(name)
    if (!/^(https?:\/\/|$)/.test(address)) problems.push(`${name} must be an http or https address`)
    return address
  }
  const modelMirror = readMirror('THREADMILL_MODEL_MIRROR')
  const pypiMirror = readMirror('THREADMILL_PYPI_MIRROR')
  const pyodideMirror = readMirror('THREADMILL_PYODIDE_MIRROR')
  const pathOf = (name: string) =>
    env[name] ? resolve(folder, env[name]) : read(name) && resolve(read(name))
  const file = readConfigFile(pathOf('THREADMILL_CONFIG'), called('THREADMILL_CONFIG'), problems)
  const { others, ignored } = withoutOwnKeys(env)
  const models = readModelSettings(others, onlyModels(file))
  const search = readEmbeddingSettings(file, others, models.settings.providers)
  const webhooks = readWebhookSettings(file, others)
  const responses = readResponsesSettings(file)
  const sandbox = readSandboxSettings(file, read('THREADMILL_CODE_INTERPRETER'))
  const { database, problems: unreached } = readPostgresSettings(read)
  const drainSeconds = Number(read('THREADMILL_DRAIN_SECONDS'))
  if (!/^\d{1,4}$/.test(read('THREADMILL_DRAIN_SECONDS')))
    problems.push('THREADMILL_DRAIN_SECONDS must be a whole number of seconds')
  const containerMinutes = Number(read('THREADMILL_CONTAINER_MINUTES'))
  if (!/^[1-9]\d{0,5}$/.test(read('THREADMILL_CONTAINER_MINUTES')))
    problems.push('THREADMILL_CONTAINER_MINUTES must be a whole number of minutes, 1 or more')
  const { retention, problems: unkept } = readRetention(read)
  const { limits, problems: unlimited } = readRequestLimits(read)
  const { telemetry, problems: untold } = readOtlpSettings(env)
  problems.push(
    ...models.problems,
    ...search.problems,
    ...sandbox.problems,
    ...webhooks.problems,
    ...responses.problems,
    ...unreached,
    ...unkept,
    ...unlimited,
    ...untold,
  )
  const filesUrl = read('THREADMILL_FILES_URL')
  if (filesUrl !== '')
    problems.push(
      ...parseFilesUrl(filesUrl).problems.map((problem) => `${called('THREADMILL_FILES_URL')} ${problem}`),
    )
  const dataDir = pathOf('THREADMILL_DATA_DIR')
  const wrong = use !== 'read' && problems.length === 0 ? prepareDataDir(dataDir) : undefined
  if (wrong) problems.push(`${called('THREADMILL_DATA_DIR')}: ${wrong}`)
  if (problems.length > 0) {
    const ofOption = Object.values(options).some((name) => problems.some((one) => one.startsWith(name)))
    throw new ConfigError([...problems, ...ignored], ofOption)
  }

  const keyFile = join(dataDir, 'api-key')
  // With this variable set, systemd writes the output to its journal, which other users may read.
  const isFirst = use === 'serve' && !existsSync(keyFile) && !env['JOURNAL_STREAM']
  return {
    host,
    allowedHosts,
    port,
    dataDir,
    database,
    filesUrl,
    apiKey: apiKey || (use === 'serve' ? keyInFile : keyThere)(keyFile),
    apiKeyFrom: apiKey ? 'environment' : isFirst ? 'made' : 'file',
    adminKey,
    models: { ...models.settings, ...(ignored.length > 0 && { ignored }) },
    search: search.settings,
    codeInterpreter: sandbox.settings,
    drainSeconds,
    containerMinutes,
    retention,
    webhooks: webhooks.settings,
    responses: responses.settings,
    privateHosts,
    telemetry,
    limits,
    modelMirror,
    pypiMirror,
    pyodideMirror,
  }
}

const isLogLevel = (given: string): given is LogLevel | '' =>
  given === '' || logLevels.some((level) => level === given)

/** Removes the keys that are not about models, because the check of the models refuses every other key. */
function onlyModels(file: unknown): unknown {
  if (typeof file !== 'object' || file === null || Array.isArray(file)) return file
  const {
    embedding: _embedding,
    reranker: _reranker,
    code_interpreter: _codeInterpreter,
    webhooks: _webhooks,
    strict: _strict,
    conversation_lock: _conversationLock,
    ...models
  } = file as Record<string, unknown>
  return models
}

function readConfigFile(path: string, name: string, problems: string[]): unknown {
  if (path === '') return {}
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    problems.push(
      code === 'ENOENT'
        ? `${name}: there is no file ${path}`
        : code === undefined
          ? `${name}: ${path} is no JSON: ${message}`
          : `${name}: ${path} cannot be read (${code})`,
    )
    return {}
  }
}

/** Makes the folder. Returns the problem in words when it cannot be written. */
function prepareDataDir(folder: string): string | undefined {
  try {
    makeFolders(folder)
    const probe = join(folder, `.probe-${randomBytes(6).toString('hex')}`)
    writeFileSync(probe, '')
    rmSync(probe)
    return undefined
  } catch (error) {
    return describeClosed(error, folder) ?? `${folder} cannot be written (${(error as Error).message})`
  }
}

/**
 * Reads the key, or makes it at the first start. Only its owner can read the file. The file is never half written, even
 * when the process dies or another one starts at the same time.
 */
function keyInFile(path: string): string {
  if (!existsSync(path)) {
    const draft = `${path}.${randomBytes(6).toString('hex')}`
    writeFileSync(draft, `${newApiKey()}\n`, { mode: 0o600, flush: true })
    try {
      linkSync(draft, path)
    } catch (error) {
      // Another process was faster. Its key is used.
      if ((error as { code?: string }).code !== 'EEXIST') throw error
    } finally {
      rmSync(draft)
    }
  }
  return keyThere(path)
}

/** Throws a ConfigError when there is a key that cannot be read. */
function keyThere(path: string): string {
  try {
    return existsSync(path) ? readFileSync(path, 'utf8').trim() : ''
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const problem =
      describeClosed(error, dirname(path)) ??
      `${path} cannot be read (${code}): let the user that runs this read it (chown, chmod)`
    throw new ConfigError([`${problem}, or set THREADMILL_API_KEY`])
  }
}
