import { constants, existsSync, statSync } from 'node:fs'
import { access, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { styleText } from 'node:util'
import { isLoopback, type Config } from '../config.ts'
import { serverUrl } from './api.ts'
import type { CommandContext, Given } from './command.ts'
import { noLog } from '../log.ts'
import { openRegistry } from '../models/registry.ts'
import { packagesCommand, packagesInWords } from '../sandbox/data-packages.ts'
import { describeExtras } from '../sandbox/describe-extras.ts'
import { startSandboxes, type SandboxStatus } from '../sandbox/start-sandboxes.ts'
import { CannotStart, DatabaseUnavailable } from '../errors.ts'
import { findOtherBlobs } from '../store/blob-store-id.ts'
import type { BlobStore } from '../store/blobs.ts'
import { DataFolderFailure, openToRead } from '../store/data-folder.ts'
import { openBlobs } from '../store/open-blobs.ts'
import { findDamage } from '../store/check-database.ts'
import { findReadOnly, stateOfPostgres } from '../store/migrate-postgres.ts'
import type { PostgresSettings } from '../store/postgres-settings.ts'
import { findObstacle, hasDatabase } from '../store/unusable-database.ts'

/** One result. With `fail` the server cannot work; `note` is something that the user may want to change. */
interface Finding {
  verdict: 'ok' | 'note' | 'fail'
  what: string
  lines: string[]
}

const MB = 1e6
/**
 * Limits for the free disk space, in bytes. Below the first the server can hardly write; below the second that is near.
 */
const tooLittle = 100 * MB
const little = 1_000 * MB

const colours = { ok: 'green', note: 'yellow', fail: 'red' } as const

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
  for (const look of [dataFolder, files, database, server, models, embedding, codeInterpreter]) {
    const found = await look(config)
    if (!found) continue
    findings.push(found)
    if (inWords) output.print(inColumns(found, output.stdout))
  }
  const ok = findings.every(({ verdict }) => verdict !== 'fail')
  if (!inWords) output.json({ ok, node: versions.node, platform, arch, findings })
  return ok ? 0 : 1
}

function inColumns({ verdict, what, lines }: Finding, stream: NodeJS.WriteStream): string {
  const mark = styleText(colours[verdict], verdict.padEnd(4), { stream })
  return `  ${mark}  ${what.padEnd(16)}  ${lines.join(`\n${' '.repeat(26)}`)}`
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
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code,
  )
  if (problem !== undefined)
    return { verdict: 'fail', what, lines: [`${place}: cannot be written (${problem})`] }
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

/** Undefined also when the database cannot be read, which is a finding of its own. */
async function otherFiles(config: Config, blobs: BlobStore): Promise<string | undefined> {
  try {
    await using folder = await openToRead(config)
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
  return { verdict: damage ? 'fail' : 'ok', what, lines: [damage ?? `${file}: whole`] }
}

async function inPostgres(what: string, settings: PostgresSettings): Promise<Finding> {
  // The full URL may contain a password.
  const { host, pathname } = new URL(settings.url)
  const place = `${host}${pathname}, schema ${settings.schema}`
  try {
    const readOnly = await findReadOnly(settings)
    if (readOnly !== undefined) return { verdict: 'fail', what, lines: [`${place}: ${readOnly}`] }
    const state = await stateOfPostgres(settings)
    const words = {
      empty: 'none yet: made at the first start',
      older: 'brought up to date at the next start',
      current: 'ready',
    }
    return { verdict: 'ok', what, lines: [`${place}: ${words[state]}`] }
  } catch (error) {
    return { verdict: 'fail', what, lines: [`${place}: ${(error as Error).message}`] }
  }
}

async function server(config: Config): Promise<Finding> {
  const what = 'Server'
  const url = serverUrl(config)
  const headers = { authorization: `Bearer ${config.apiKey}` }
  const answer = await fetch(`${url}/health`, { headers, signal: AbortSignal.timeout(3000) }).catch(
    (error: Error) => error,
  )
  if (answer instanceof Error) {
    return answer.name === 'TimeoutError'
      ? { verdict: 'fail', what, lines: [`${url} takes connections and does not answer`] }
      : { verdict: 'ok', what, lines: [`none is running at ${url}`] }
  }
  const health = (await answer.json().catch(() => ({}))) as {
    status?: string
    code_interpreter?: { state: SandboxStatus['state']; id: string; isolation: string }
    models?: string[]
  }
  if (health.status === undefined)
    return { verdict: 'fail', what, lines: [`${url} is in use by something that is not Threadmill`] }
  const lines = [`running at ${url}, says "${health.status}"; ${ofOwner(health.code_interpreter)}`]
  const [first, ...more] = health.models ?? []
  // The server may have been started with another environment than this command.
  if (first !== undefined) lines.push(`its models: ${first}`, ...more)
  if (health.status !== 'ok') return { verdict: 'fail', what, lines }
  return { verdict: health.code_interpreter ? 'ok' : 'note', what, lines }
}

/** The part of the answer that the server gives only to callers with its key. */
function ofOwner(sandbox?: { state: SandboxStatus['state']; id: string; isolation: string }): string {
  if (!sandbox) return 'it has another key: commands that ask it would be refused'
  if (sandbox.state === 'checking') return 'its code interpreter is being tried out'
  return `its code interpreter is ${sandbox.id} (${sandbox.isolation})`
}

async function models({ models: settings, host, port }: Config): Promise<Finding> {
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

async function embedding({ search, dataDir }: Config): Promise<Finding> {
  const what = 'File search'
  const { search: way, hasSearch } = describeExtras({ dataDir, embedding: search.embedding })
  if (way === 'other') return { verdict: 'ok', what, lines: ['hybrid, vectors by a server'] }
  if (way === 'local') return { verdict: 'ok', what, lines: ['hybrid, vectors by the local model'] }
  if (search.embedding?.type === 'local')
    return { verdict: 'fail', what, lines: ['the local model is not there: threadmill setup'] }
  const more = hasSearch || search.embedding ? 'as the config file says' : 'threadmill setup makes it hybrid'
  return { verdict: 'note', what, lines: [`by words alone; ${more}`] }
}

/** Chooses the sandbox as the server does, and runs one cell in it. */
async function codeInterpreter({ codeInterpreter: settings, dataDir, host }: Config): Promise<Finding> {
  const what = 'Code interpreter'
  if (settings.engine === 'off') return { verdict: 'ok', what, lines: ['switched off'] }
  const sandboxes = startSandboxes({
    ...settings,
    cacheDir: join(dataDir, 'cache'),
    allowWeak: isLoopback(host),
    spares: 0,
    log: noLog,
  })
  try {
    const status = await sandboxes.settled
    if (status.state !== 'ready')
      return { verdict: 'fail', what, lines: ['none', ...sentences(status, settings.engine)] }
    const began = performance.now()
    const works = await sandboxes.sessions.use('doctor', async ({ kernel }) => {
      for await (const output of kernel.run('40 + 2', {})) {
        if (output.type === 'result' && output.data['text/plain'] === '42') return true
      }
      return false
    })
    const took = Math.round(performance.now() - began)
    const worked = works ? `answers after ${took} ms, in a new session` : 'does not answer'
    return {
      verdict: !works ? 'fail' : status.warning === undefined ? 'ok' : 'note',
      what,
      lines: [
        `${status.id} (${status.isolation}, limits by ${status.limits}): ${worked}`,
        ...sentences(status, settings.engine),
      ],
    }
  } finally {
    await sandboxes.close()
  }
}

function sentences({ id, reason, packages, warning }: SandboxStatus, engine: string): string[] {
  const versions = Object.entries(packages ?? {}).map(([name, version]) => `${name} ${version}`)
  return [
    ...(reason === undefined ? [] : reason.split('; ')),
    ...(versions.length > 0 ? [versions.join(', ')] : []),
    ...(id === 'none' ? [] : [packagesInWords(packages, packagesCommand(engine))]),
    ...(warning === undefined ? [] : warning.split('\n')),
  ]
}
