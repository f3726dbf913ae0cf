import { closeSync, fdatasync, openSync } from 'node:fs'
import { promisify } from 'node:util'
import { DatabaseSync } from 'node:sqlite'
import { BeginAgain, TransactionEnded, type Database, type Transaction } from '../database.ts'
import { createSignals, type Signals } from '../signals.ts'
import { beginWhenFree, explainBusy } from './busy.ts'
import { gather } from './gather.ts'
import { statements } from './statements.ts'

interface Settle {
  until: Pending['until']
  /** Runs the effects that do not wait for the disk. */
  committed: () => void
  done: () => void
  failed: (error: unknown) => void
}

interface Effect {
  run: () => void
  when: 'on disk' | 'committed'
}

interface Pending {
  body: (tx: Transaction) => unknown
  until: 'on disk' | 'committed'
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}

export interface SqliteOptions {
  /**
   * Called once, after a sync of the log has failed. The operating system may have dropped the data and reports this
   * only once, so a second sync would prove nothing. The process must end, and the next one reads what is on disk.
   */
  onBroken?: (error: unknown) => void
  /** Writes the data of the open file `fd` to disk. */
  sync?: (fd: number) => Promise<void>
  /** How long a commit waits for another process that holds the file, in milliseconds. */
  busyTimeoutMs?: number
}

/** How many transactions one commit contains at most. With more of them the first would wait too long. */
const maxGroupSize = 256

/** How often a transaction that asks to be begun again is tried by itself. */
const maxTries = 3

/**
 * SQLite in WAL mode. Transactions that arrive in one turn of the event loop share a commit, with those of the turns after it
 * as long as each brings more (`gather.ts`). A commit writes every page that has changed, and most transactions change some of
 * the same pages, so fewer commits cost less. When a transaction fails, all of its commit are undone and run again, each in its
 * own savepoint. Commits share a sync of the log, which happens in another thread. So durable writes stay fast with many
 * clients, and the event loop never waits for the disk. `synchronous=NORMAL` together with this sync is as durable as FULL.
 * Reads outside a transaction see only committed data.
 */
export function openSqlite(
  file: string,
  { onBroken = () => {}, sync: syncFile = promisify(fdatasync), busyTimeoutMs = 5_000 }: SqliteOptions = {},
): Database {
  const writer = connect(file, busyTimeoutMs)
  writer.exec('pragma journal_mode = wal; pragma busy_timeout = 0')
  const reader = connect(file, busyTimeoutMs)
  const tx = statements(writer)
  const outside = statements(reader)
  const control = {
    begin: writer.prepare('begin immediate'),
    commit: writer.prepare('commit'),
    savepoint: writer.prepare('savepoint body'),
    release: writer.prepare('release body'),
    undo: writer.prepare('rollback to body'),
  }
  // Every commit empties the cache of the other connection, so that one is only used while a transaction is open here.
  const committed = () => (writer.isTransaction ? outside : tx)
  const walFile = openSync(`${file}-wal`, 'r')
  const signals = createSignals()
  const queue: Pending[] = []
  let scheduled: Promise<void> | undefined
  let unsynced: Settle[] = []
  let syncing: Promise<void> | undefined
  /** After a failed sync it is not known what is on disk. As after closing, nothing can be written any more. */
  let broken: { error: unknown } | undefined

  async function commitTogether(): Promise<void> {
    await gather({ waiting: () => queue.length, enough: maxGroupSize })
    if (broken) {
      for (const { reject } of queue.splice(0)) reject(broken.error)
      return
    }
    const group: Pending[] = []
    let settled: Settle[] | undefined
    try {
      settled = await attemptGroup(group, 'together')
      if (!settled) {
        if (writer.isTransaction) writer.exec('rollback')
        queue.unshift(...group.splice(0))
        settled = (await attemptGroup(group, 'one by one')) ?? []
      }
      control.commit.run()
    } catch (error) {
      if (writer.isTransaction) writer.exec('rollback')
      const told = explainBusy(error)
      for (const one of group.length > 0 ? group : queue.splice(0)) one.reject(told)
      return
    }
    for (const settle of settled) {
      settle.committed()
      if (settle.until === 'committed') settle.done()
      else unsynced.push(settle)
    }
    if (unsynced.length > 0) syncing ??= sync()
  }

  /**
   * Begins a commit and runs what waits for it, which is moved to `group`. Nearly always nothing fails, so bodies are tried
   * together first: a savepoint costs a copy of each page that is changed in it. Undefined when one of them has failed, and
   * everything has to be undone.
   */
  async function attemptGroup(
    group: Pending[],
    how: 'together' | 'one by one',
  ): Promise<Settle[] | undefined> {
    const settled: Settle[] = []
    await beginWhenFree(() => {
      if (broken) throw broken.error
      control.begin.run()
    }, busyTimeoutMs)
    // What arrives while a body waits for its statements becomes part of this commit.
    for (let one = queue.shift(); one; one = queue.shift()) {
      group.push(one)
      const settle = await (how === 'together' ? attempt(one) : attemptAlone(one))
      if (!settle) return undefined
      settled.push(settle)
      if (group.length === maxGroupSize) break
    }
    return settled
  }

  /** Runs one body. Undefined when it fails. */
  async function attempt(
    { body, until, resolve, reject }: Pending,
    failed: (error: unknown) => Settle | undefined = () => undefined,
  ): Promise<Settle | undefined> {
    const effects: Effect[] = []
    const sent: Promise<unknown>[] = []
    const open = transaction(tx, { effects, sent, isOpen: () => writer.isTransaction }, signals)
    const runAll = (when: Effect['when']) => {
      for (const effect of effects) if (effect.when === when) effect.run()
    }
    try {
      const value = await body(open)
      open.end()
      // One after another: when one has failed, those after it may fail because of it.
      for (const one of sent) await one
      if (!writer.isTransaction) throw new TransactionEnded()
      const done = () => {
        runAll('on disk')
        resolve(value)
      }
      return { until, committed: () => runAll('committed'), done, failed: reject }
    } catch (error) {
      open.end()
      return failed(error)
    }
  }

  /** Runs one body in its own savepoint, so that its failure undoes only itself. */
  async function attemptAlone(pending: Pending, tries = 1): Promise<Settle | undefined> {
    const { until, reject } = pending
    let again = false
    control.savepoint.run()
    const settle = await attempt(pending, (error) => {
      // SQLite has undone the whole commit by itself.
      if (!writer.isTransaction) throw error
      control.undo.run()
      again = error instanceof BeginAgain && tries < maxTries
      return { until, committed: () => {}, done: () => reject(error), failed: reject }
    })
    control.release.run()
    return again ? attemptAlone(pending, tries + 1) : settle
  }

  async function sync(): Promise<void> {
    while (unsynced.length > 0) {
      const batch = unsynced
      unsynced = []
      try {
        await syncFile(walFile)
        for (const { done } of batch) done()
      } catch (error) {
        for (const { failed } of batch) failed(error)
        if (!broken) onBroken(error)
        broken ??= { error }
      }
    }
    syncing = undefined
  }

  async function drain(): Promise<void> {
    while (queue.length > 0) await commitTogether()
    scheduled = undefined
  }

  return {
    kind: 'sqlite',
    // Several processes may do this maintenance on one file, one after another.
    leads: () => true,
    signals,
    get: (sql, ...values) => committed().get(sql, ...values),
    all: (sql, ...values) => committed().all(sql, ...values),
    write: <T>(body: (tx: Transaction) => Promise<T> | T, until: Pending['until'] = 'on disk') =>
      new Promise<T>((resolve, reject) => {
        queue.push({ body, until, resolve: resolve as (value: unknown) => void, reject })
        scheduled ??= drain()
      }),
    async close() {
      await scheduled
      await syncing
      broken ??= { error: new Error('the database is closed') }
      reader.close()
      writer.close()
      closeSync(walFile)
    },
  }
}

/**
 * A transaction that throws when it is used after `end`. Some errors (a full disk) make SQLite undo the whole commit: then its
 * statements fail too, which would otherwise be commits of their own.
 */
function transaction(
  { get, all, run }: ReturnType<typeof statements>,
  { effects, sent, isOpen }: { effects: Effect[]; sent: Promise<unknown>[]; isOpen: () => boolean },
  signals: Signals,
): Transaction & { end(): void } {
  let ended = false
  const whileOpen = <T>(statement: () => Promise<T>): Promise<T> =>
    !ended && isOpen() ? statement() : Promise.reject(new TransactionEnded())
  const later = (one: Promise<number>) => {
    one.catch(() => {}) // A body that fails meanwhile does not wait for it.
    sent.push(one)
  }
  const afterCommit: Transaction['afterCommit'] = (run, when = 'on disk') => {
    if (ended) throw new TransactionEnded()
    effects.push({ run, when })
  }
  return {
    get: (sql, ...values) => whileOpen(() => get(sql, ...values)),
    all: (sql, ...values) => whileOpen(() => all(sql, ...values)),
    run: (sql, ...values) => whileOpen(() => run(sql, ...values)),
    send(sql, ...values) {
      if (ended) throw new TransactionEnded()
      later(whileOpen(() => run(sql, ...values)))
    },
    sendChange(refusal, sql, ...values) {
      if (ended) throw new TransactionEnded()
      const refuseNone = (count: number) => (count === 0 ? Promise.reject(refusal()) : count)
      later(whileOpen(() => run(sql, ...values)).then(refuseNone))
    },
    sendInsert(refusal, sql, ...values) {
      const numberOf = (row?: { seq: number }) => row?.seq ?? Promise.reject(refusal())
      const added = whileOpen(() => get<{ seq: number }>(`${sql} returning seq`, ...values)).then(numberOf)
      later(added)
      return added
    },
    // Every other writer already waits for this transaction.
    lock: () => whileOpen(() => Promise.resolve()),
    lockOwn: () => whileOpen(() => Promise.resolve()),
    claim: (sql, ...values) => whileOpen(() => get(sql, ...values)),
    now: () => whileOpen(() => Promise.resolve(Date.now())),
    reserveNumbers: async (table) => {
      const last = await get<{ seq: number }>('select seq from sqlite_sequence where name = ?', table)
      return (last?.seq ?? 0) + 1
    },
    raise: (signal, of) => afterCommit(() => signals.raise(signal, of), 'committed'),
    afterCommit,
    end: () => void (ended = true),
  }
}

function connect(file: string, timeout: number): DatabaseSync {
  const database = new DatabaseSync(file, { timeout })
  // `sync` syncs the log. The cache has 16 MB. There is a checkpoint for every 32 MB of log, because each one waits for
  // the disk twice.
  database.exec(`pragma synchronous = normal; pragma foreign_keys = on; pragma temp_store = memory;
    pragma cache_size = -16384; pragma wal_autocheckpoint = 8000`)
  return database
}
