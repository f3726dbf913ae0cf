import { constants, existsSync, statSync } from 'node:fs'
import { access, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config/config.ts'
import { serverUrl } from './api.ts'
import { inColumns, type Finding } from './finding.ts'
import { tryInterpreter } from './try-interpreter.ts'
import { askServer, healthOf, type Health, type RunningServer } from './running-server.ts'
import type { CommandContext, Given } from './command.ts'
import { describeClosed, findClosedIn } from '../common/closed-place.ts'
import { openRegistry } from '../models/registry.ts'
import { describeExtras, searchInWords } from '../sandbox/describe-extras.ts'
import { CannotStart } from '../errors/errors.ts'
import { DatabaseUnavailable } from '../errors/unavailable.ts'
import { findOtherBlobs } from '../store/blobs/store-id.ts'
import type { BlobStore } from '../store/blobs/blobs.ts'
import { DataFolderFailure, openToRead } from '../store/data-folder.ts'
import { openBlobs, refuseContentsOfOthers } from '../store/blobs/open-blobs.ts'
import { findDamage } from '../store/sqlite/check-database.ts'
import { serverOf } from '../store/postgres/address.ts'
import { findUnusable, stateOfPostgres } from '../store/postgres/migrate.ts'
import { isMigrated } from '../store/sqlite/migrate.ts'
import type { PostgresSettings } from '../store/postgres/settings.ts'
import { findObstacle, hasDatabase } from '../store/unusable-database.ts'
import { commandLine } from '../common/called-as.ts'

const MB = 1e6
/**
 * Limits for the free disk space, in bytes. Below the first the server can hardly write; below the second that is near.
 */
const tooLittle = 100 * MB
const little = 1_000 * MB
/** Of a database of an older version. */
const broughtUpToDate = 'brought up to date at the next start'

/**
 * `threadmill doctor`: checks everything that the server needs at its start, in the same way as the server, and prints
 * the results. Invalid settings have been refused before. Returns 1 if a check fails.
 */
export async function doctor(given: Given, context: CommandContext): Promise<number> {
  const { output } = context
  const config = context.config()
  const { platform, arch, versions } = process
  const inWords = !given.flag('json')
  if (inWords) output.print(`Threadmill on Node ${versions.node}, ${platform} ${arch}\n`)
  const findings: Finding[] = []
  const running = await askServer(serverUrl(config), config.apiKey)
  const looks = [
    () => dataFolder(config),
    () => files(config),
    () => database(config),
    () => server(running, serverUrl(config)),
    () => models(config, running),
    () => embedding(config, running),
    () => tryInterpreter(config, healthOf(running).code_interpreter),
  ]
  for (const look of looks) {
    const found = await look()
    if (!found) continue
    findings.push(found)
    if (inWords) output.print(inColumns(found, output.stdout))
  }
  const ok = findings.every(({ verdict }) => verdict !== 'fail')
  if (!inWords) output.json({ ok, node: versions.node, platform, arch, findings })
  return ok ? 0 : 1
}

async function dataFolder({ dataDir }: Config): Promise<Finding> {
  const what = 'Data folder'
  const isThere = existsSync(dataDir)
  // A missing folder will be created in the first folder above it that exists.
  let place = dataDir
  while (!existsSync(place)) place = dirname(place)
  const { bavail, bsize } = await statfs(place)
  const free = bavail * bsize
  const space = `${Math.floor(free / MB).toLocaleString('en')} MB free`
  if (!statSync(place).isDirectory())
    return { verdict: 'fail', what, lines: [`${place} is no folder: name another one (--data-dir)`] }
  const problem = await access(place, constants.W_OK | constants.X_OK).then(
    () => findClosedIn(dataDir),
    (error: unknown) => describeClosed(error, dataDir) ?? `${place}: cannot be written`,
  )
  if (problem !== undefined) return { verdict: 'fail', what, lines: [problem] }
  const state = isThere ? 'can be written' : 'made at the first start'
  const verdict = free < tooLittle ? 'fail' : free < little ? 'note' : 'ok'
  const advice = verdict === 'fail' ? ': too little to work with, make room' : ''
  return { verdict, what, lines: [`${dataDir}: ${state}, ${space}${advice}`] }
}

/**
 * Where contents are stored, unless that is the data folder of a single server. They are written and read, as at the start
 * of the server.
 */
async function files(config: Config): Promise<Finding | undefined> {
  const what = 'Files'
  if (config.filesUrl === '' && !config.database) return undefined
  try {
    await using blobs = await openBlobs(config, 'try')
    const problem = await otherFiles(config, blobs)
    if (problem !== undefined) return { verdict: 'fail', what, lines: [problem] }
    const tried = config.filesUrl === '' ? '' : ': can be listed and written'
    return { verdict: 'ok', what, lines: [`${blobs.place}${tried}`] }
  } catch (error) {
    if (!(error instanceof CannotStart)) throw error
    return { verdict: 'fail', what, lines: [error.message] }
  }
}

/**
 * Undefined also when the database cannot be read, which is a finding of its own. Throws CannotStart when the database is
 * empty and there are files.
 */
async function otherFiles(config: Config, blobs: BlobStore): Promise<string | undefined> {
  try {
    await using folder = await openToRead(config)
    if (config.database) await refuseContentsOfOthers(folder.db, blobs)
    return await findOtherBlobs(folder.db, blobs, config)
  } catch (error) {
    if (error instanceof DataFolderFailure || error instanceof DatabaseUnavailable) return undefined
    throw error
  }
}

async function database({ dataDir, database: shared }: Config): Promise<Finding> {
  const what = 'Database'
  if (shared) return inPostgres(what, shared)
  const obstacle = findObstacle(dataDir)
  if (obstacle !== undefined) return { verdict: 'fail', what, lines: [obstacle] }
  if (!hasDatabase(dataDir)) return { verdict: 'ok', what, lines: ['none yet: made at the first start'] }
  const file = join(dataDir, 'threadmill.db')
  const damage = findDamage(file)
  const state = isMigrated(file) ? 'whole' : `whole, ${broughtUpToDate}`
  return { verdict: damage ? 'fail' : 'ok', what, lines: [damage ?? `${file}: ${state}`] }
}

async function inPostgres(what: string, settings: PostgresSettings): Promise<Finding> {
  // The full URL may contain a password.
  const place = `${serverOf(settings.url)}${new URL(settings.url).pathname}, schema ${settings.schema}`
  try {
    const problem = await findUnusable(settings)
    if (problem !== undefined) return { verdict: 'fail', what, lines: [`${place}: ${problem}`] }
    const state = await stateOfPostgres(settings)
    const words = {
      empty: 'none yet: made at the first start',
      older: broughtUpToDate,
      current: 'ready',
    }
    return { verdict: 'ok', what, lines: [`${place}: ${words[state]}`] }
  } catch (error) {
    return { verdict: 'fail', what, lines: [`${place}: ${(error as Error).message}`] }
  }
}

function server(running: RunningServer, url: string): Finding {
  const what = 'Server'
  if (running === 'none') return { verdict: 'ok', what, lines: [`none is running at ${url}`] }
  if (running === 'silent')
    return { verdict: 'fail', what, lines: [`${url} takes connections and does not answer`] }
  if (running.status === undefined)
    return { verdict: 'fail', what, lines: [`${url} is in use by something that is not Threadmill`] }
  const lines = [`running at ${url}, says "${running.status}"; ${ofOwner(running.code_interpreter)}`]
  if (running.status !== 'ok') return { verdict: 'fail', what, lines }
  return { verdict: running.code_interpreter ? 'ok' : 'note', what, lines }
}

/** The part of the answer that the server gives only to callers with its key. */
function ofOwner(sandbox: Health['code_interpreter']): string {
  if (!sandbox)
    return 'it has another key: commands that need it are refused without it in THREADMILL_API_KEY'
  if (sandbox.state === 'checking') return 'its code interpreter is being tried out'
  return `its code interpreter is ${sandbox.id} (${sandbox.isolation})`
}

/**
 * The models of the running server, which may have been started with other variables than those of this shell; without
 * one, those that a server would have.
 */
async function models(config: Config, running: RunningServer): Promise<Finding> {
  const here = await modelsHere(config)
  const { models: there, model_problems: problems = [] } = healthOf(running)
  if (!there || there.join('\n') === here.lines.join('\n')) return here
  // Where this shell only adds to it, nothing is said twice.
  const isMore = there.every((line) => here.lines.includes(line))
  const more = isMore ? here.lines.filter((line) => !there.includes(line)) : here.lines
  return {
    verdict: problems.length > 0 ? 'fail' : 'note',
    what: here.what,
    lines: [
      ...there,
      `That is what the running server says. With the variables of this shell, a server would ${isMore ? 'add' : 'have'}:`,
      ...more.map((line) => `  ${line}`),
    ],
  }
}

async function modelsHere({ models: settings, host, port }: Config): Promise<Finding> {
  const registry = openRegistry(settings, { own: { host, port } })
  try {
    await Promise.race([registry.ready, sleep(5000, undefined, { ref: false })])
    const lines = registry.describe()
    const noted = settings.providers.length === 0 || lines.some(({ warns }) => warns)
    return {
      verdict: lines.some(({ fails }) => fails) ? 'fail' : noted ? 'note' : 'ok',
      what: 'Models',
      lines: lines.map(({ text }) => text),
    }
  } finally {
    await registry.close()
  }
}

async function embedding(config: Config, running: RunningServer): Promise<Finding> {
  const here = embeddingHere(config)
  const there = /^file search ([^;]+)/.exec(healthOf(running).setup ?? '')?.[1]
  const { search } = describeExtras({ dataDir: config.dataDir, embedding: config.search.embedding })
  if (there === undefined || there === searchInWords(search)) return here
  return {
    ...here,
    verdict: 'note',
    lines: [`the running server searches ${there}; with the settings of this shell:`, ...here.lines],
  }
}

function embeddingHere({ search, dataDir }: Config): Finding {
  const what = 'File search'
  const { search: way, hasSearch } = describeExtras({ dataDir, embedding: search.embedding })
  if (way === 'other') return { verdict: 'ok', what, lines: ['hybrid, vectors by a server'] }
  if (way === 'local') return { verdict: 'ok', what, lines: ['hybrid, vectors by the local model'] }
  if (search.embedding?.type === 'local')
    return { verdict: 'fail', what, lines: [`the local model is not there: ${commandLine('setup')}`] }
  const more =
    hasSearch || search.embedding ? 'as the config file says' : `${commandLine('setup')} makes it hybrid`
  return { verdict: 'note', what, lines: [`by words alone; ${more}`] }
}
