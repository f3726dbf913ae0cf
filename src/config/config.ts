import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { onlyModels, readConfigFile } from './config-file.ts'
import { prepareDataDir } from './data-dir.ts'
import { keyInFile, keyThere } from './key-file.ts'
import { readGivenKeys } from './keys.ts'
import { problemsOfLogLevel } from './log-settings.ts'
import { isLoopback, readNetwork, type NetworkSettings } from './network.ts'
import { ConfigError } from '../errors/errors.ts'
import { readResponsesSettings, type ResponsesSettings } from '../contract/responses/settings.ts'
import { readRequestLimits, type RequestLimits } from '../contract/request-limits.ts'
import { withoutOwnKeys } from '../models/own-keys.ts'
import type { ModelSettings } from '../models/model-settings.ts'
import { readModelSettings } from '../models/settings.ts'
import { readSandboxSettings, type SandboxSettings } from '../sandbox/settings.ts'
import { readEmbeddingSettings, type SearchSettings } from '../search/embedding-settings.ts'
import { readPostgresSettings, type PostgresSettings } from '../store/postgres/settings.ts'
import { settings } from './environment-settings.ts'
import { parseFilesUrl } from '../store/blobs/files-url.ts'
import { readOtlpSettings, type OtlpSettings } from '../telemetry/otlp-settings.ts'
import { readRetention, type Retention } from '../store/chores/retention.ts'
import { readWebhookSettings, type WebhookSettings } from '../webhooks/settings.ts'

export interface Config extends NetworkSettings {
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
  /** Undefined where no traces and numbers are sent. */
  telemetry: OtlpSettings | undefined
  limits: RequestLimits
}

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
  const called = (name: string) => options[name] ?? name
  const read = (name: string) =>
    env[name] || (settings.find((setting) => setting.name === name)?.fallback ?? '')
  const pathOf = (name: string) =>
    env[name] ? resolve(folder, env[name]) : read(name) && resolve(read(name))

  const { problems: unreachable, ...network } = readNetwork(read, called)
  const given = readGivenKeys(read)
  const { file, problems: unread } = readConfigFile(pathOf('THREADMILL_CONFIG'), called('THREADMILL_CONFIG'))
  const { others, ignored } = withoutOwnKeys(env)
  const models = readModelSettings(others, onlyModels(file))
  const search = readEmbeddingSettings(file, others, models.settings.providers)
  const webhooks = readWebhookSettings(file, others)
  const responses = readResponsesSettings(file)
  const sandbox = readSandboxSettings(file, read('THREADMILL_CODE_INTERPRETER'))
  const { database, problems: unconnected } = readPostgresSettings(read)
  const { problems: untimed, ...times } = readTimes(read)
  const { retention, problems: unkept } = readRetention(read)
  const { limits, problems: unlimited } = readRequestLimits(read)
  const { telemetry, problems: untold } = readOtlpSettings(env)
  const filesUrl = read('THREADMILL_FILES_URL')
  const problems = [
    ...unknownSettings(env),
    ...unreachable,
    ...given.problems,
    ...(use === 'serve' && given.apiKey === '' && !isLoopback(network.host)
      ? [
          `${called('THREADMILL_HOST')} is ${network.host}, which others can reach: set THREADMILL_API_KEY as well`,
        ]
      : []),
    ...problemsOfLogLevel(read('THREADMILL_LOG_LEVEL')),
    ...unread,
    ...untimed,
    ...models.problems,
    ...search.problems,
    ...sandbox.problems,
    ...webhooks.problems,
    ...responses.problems,
    ...unconnected,
    ...unkept,
    ...unlimited,
    ...untold,
    ...(filesUrl === '' ? [] : parseFilesUrl(filesUrl).problems).map(
      (problem) => `${called('THREADMILL_FILES_URL')} ${problem}`,
    ),
  ]
  const dataDir = pathOf('THREADMILL_DATA_DIR')
  const wrong = use !== 'read' && problems.length === 0 ? prepareDataDir(dataDir) : undefined
  if (wrong) problems.push(`${called('THREADMILL_DATA_DIR')}: ${wrong}`)
  if (problems.length > 0) {
    const ofOption = Object.values(options).some((name) => problems.some((one) => one.startsWith(name)))
    throw new ConfigError([...problems, ...ignored], ofOption)
  }

  return {
    ...network,
    ...times,
    dataDir,
    database,
    filesUrl,
    ...apiKeyOf(given.apiKey, join(dataDir, 'api-key'), { use, env }),
    adminKey: given.adminKey,
    models: { ...models.settings, ...(ignored.length > 0 && { ignored }) },
    search: search.settings,
    codeInterpreter: sandbox.settings,
    retention,
    webhooks: webhooks.settings,
    responses: responses.settings,
    telemetry,
    limits,
  }
}

const unknownSettings = (env: Environment): string[] =>
  Object.keys(env)
    .filter((name) => name.startsWith('THREADMILL_') && !settings.some((setting) => setting.name === name))
    .map((name) => `${name} is not a setting; "threadmill --help" lists them`)

function readTimes(read: (name: string) => string) {
  const problems: string[] = []
  if (!/^\d{1,4}$/.test(read('THREADMILL_DRAIN_SECONDS')))
    problems.push('THREADMILL_DRAIN_SECONDS must be a whole number of seconds')
  if (!/^[1-9]\d{0,5}$/.test(read('THREADMILL_CONTAINER_MINUTES')))
    problems.push('THREADMILL_CONTAINER_MINUTES must be a whole number of minutes, 1 or more')
  return {
    drainSeconds: Number(read('THREADMILL_DRAIN_SECONDS')),
    containerMinutes: Number(read('THREADMILL_CONTAINER_MINUTES')),
    problems,
  }
}

function apiKeyOf(
  given: string,
  file: string,
  { use, env }: { use: Use; env: Environment },
): Pick<Config, 'apiKey' | 'apiKeyFrom'> {
  // With this variable set, systemd writes the output to its journal, which other users may read.
  const isFirst = use === 'serve' && !existsSync(file) && !env['JOURNAL_STREAM']
  return {
    apiKey: given || (use === 'serve' ? keyInFile : keyThere)(file),
    apiKeyFrom: given ? 'environment' : isFirst ? 'made' : 'file',
  }
}
