import { hashOfKey } from '../common/api-key.ts'
import { nowSeconds } from '../common/clock.ts'
import type { ApiKeyRecord } from '../contract/api-keys.ts'
import { keyWasRevoked } from '../errors/errors.ts'
import { DatabaseUnavailable } from '../errors/unavailable.ts'
import { describeError, type Log } from '../common/log.ts'
import { oneAtATime } from '../common/one-at-a-time.ts'
import { accessVersion } from '../store/access-version.ts'
import { allApiKeys, setKeyUsed } from '../store/api-keys.ts'
import { allBudgets, budgetsByProject, type BudgetsOf } from '../store/usage/budgets.ts'
import type { Database } from '../store/database.ts'
import { allLimits, readLimits, type Limits } from '../store/usage/limits.ts'
import { allProjects } from '../store/projects.ts'
import { accessChanged } from '../store/signals.ts'

/**
 * How often it is asked whether anything has changed, in milliseconds. Signals say so at once, but may be lost, and a key has
 * to stop working within a second.
 */
const pollIntervalMs = 400
/** How often it is written down when keys were last used, in milliseconds. */
const usedIntervalMs = 60_000

/** A key that is in force, as it is kept in memory. */
export interface KnownKey {
  id: string
  /** '' for a key of the whole organization. */
  project: string
  /** Whether it is given to every server at its start. */
  ofSettings: boolean
  /** Whether its project is archived, so that it opens nothing. */
  archived: boolean
  /** Aborted when the key is no longer in force, with the wire's error as the reason. */
  revoked: AbortSignal
}

/** A key that the settings give, under the id of its row. */
export interface KeyOfSettings {
  id: string
  project: string
  value: string
}

/**
 * The keys of the database in memory, by their hashes, and the limits: to look one up costs no statement, however many there are. The time of
 * a look-up tells nothing about a key, because nobody can choose the hash of what he sends.
 */
export interface Access {
  /** Undefined when the key is not in force. Asks the database whether it is new before it says so. */
  find(value: string): Promise<KnownKey | undefined>
  /** What projects and keys may do at most. */
  limits(): Limits
  /** What projects may use at most, as all of it was read last. */
  budgetsOf: BudgetsOf
  /** Reads what has changed. */
  refresh(): Promise<void>
  close(): Promise<void>
}

export async function openAccess(options: {
  db: Database
  settings: KeyOfSettings[]
  log: Log
}): Promise<Access> {
  const { db, settings, log } = options
  const never = new AbortController().signal
  const ofSettings = new Map<string, KnownKey>(
    settings.map(({ id, project, value }) => [
      hashOfKey(value),
      { id, project, ofSettings: true, archived: false, revoked: never },
    ]),
  )
  let known = new Map<string, Held>()
  let limits = readLimits([])
  let budgetsOf: BudgetsOf = () => []
  let version = -1
  let used = new Map<string, number>()
  let reading: Promise<void> | undefined

  async function read(): Promise<void> {
    const newest = await accessVersion(db)
    if (newest === version) return
    const projects = new Map((await allProjects(db)).map((project) => [project.id, project]))
    const before = known
    const now = new Map<string, Held>()
    const keys = await allApiKeys(db)
    for (const row of keys) {
      if (row.hash === null) continue
      const archived = row.project !== '' && projects.get(row.project)?.archived_at !== null
      const held = before.get(row.hash)
      now.set(row.hash, held?.key.archived === archived ? { ...held, row } : hold(row, archived))
    }
    limits = readLimits(await allLimits(db), keys)
    budgetsOf = budgetsByProject(await allBudgets(db))
    known = now
    version = newest
    for (const [hash, held] of before) if (known.get(hash)?.key !== held.key) held.revoke()
  }

  /** Whoever asks while it is read waits for one more reading, which sees what was written before he asked. */
  async function refresh(): Promise<void> {
    const running = reading
    if (running) await running.catch(() => {})
    if (reading !== undefined && reading !== running) return reading
    reading = read().finally(() => (reading = undefined))
    return reading
  }

  function endExpired(): void {
    for (const held of known.values()) if (isExpired(held)) held.revoke()
  }

  async function writeUsed(): Promise<void> {
    const times = used
    used = new Map()
    if (times.size === 0) return
    await db.write((tx) => times.forEach((at, id) => setKeyUsed(tx, id, at)), 'committed')
  }

  const failed = (what: string) => (error: unknown) => {
    if (!(error instanceof DatabaseUnavailable)) log('error', `${what} failed`, describeError(error))
  }
  const look = oneAtATime(async () => {
    endExpired()
    await refresh()
    return false
  }, failed('reading the keys'))
  const note = oneAtATime(async () => {
    await writeUsed()
    return false
  }, failed('noting when keys were used'))

  await read()
  const off = db.signals.on(accessChanged, look)
  const polling = setInterval(look, pollIntervalMs)
  const noting = setInterval(note, usedIntervalMs)

  return {
    async find(value) {
      const hash = hashOfKey(value)
      const fixed = ofSettings.get(hash)
      let held = known.get(hash)
      if (!fixed && !held) {
        await refresh()
        held = known.get(hash)
      }
      if (held && isExpired(held)) return undefined
      const key = fixed ?? held?.key
      if (key) used.set(key.id, nowSeconds())
      return key
    },
    limits: () => limits,
    budgetsOf: (project) => budgetsOf(project),
    refresh,
    async close() {
      off()
      clearInterval(polling)
      clearInterval(noting)
      await look.close()
      await note.close()
      await writeUsed().catch(failed('noting when keys were used'))
    },
  }
}

/** A key of the database, and what ends it. */
interface Held {
  row: ApiKeyRecord
  key: KnownKey
  revoke: () => void
}

function hold(row: ApiKeyRecord, archived: boolean): Held {
  const ending = new AbortController()
  const { id, project } = row
  return {
    row,
    key: { id, project, ofSettings: false, archived, revoked: ending.signal },
    revoke: () => ending.abort(keyWasRevoked()),
  }
}

const isExpired = ({ row }: Held) => row.expires_at !== null && row.expires_at <= nowSeconds()
