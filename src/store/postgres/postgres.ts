import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'pg'
import { describeError, noLog, type Log } from '../../common/log.ts'
import { TransactionEnded, type Database, type Reader, type Transaction, type Value } from '../database.ts'
import { inList } from '../in-list.ts'
import type { Answer, Statement } from './batch.ts'
import { asDatabaseError, connectFrom, connectionOf, connectTimeoutMs, pooled } from './connection.ts'
import { hasLostSession, isAborted, isDivisionByZero, isOutdatedPlan, triesAfter } from './errors.ts'
import { createGroups, settingStatements, type Settings } from './group-commit.ts'
import { listen, type Raised } from './listener.ts'
import { createPipeline, type Pipeline } from './pipeline.ts'
import { StatementPassedOver } from './sent.ts'
import type { PostgresSettings } from './settings.ts'
import { createSignals } from '../signals.ts'
import { DatabaseUnavailable } from '../../errors/unavailable.ts'

/**
 * How long a connection is kept that nobody uses, in milliseconds. A new one costs the first request after a pause more than
 * its statements do: it prepares all of them again.
 */
const idleConnectionMs = 300_000

/**
 * PostgreSQL, which any number of servers may share. A transaction that waits for answers has a connection of the pool to
 * itself; others, and reads, go together (`group-commit.ts`). All read what is committed. SQLite has a single writer; `lock`
 * and `claim` give the same safety here. Signals are notifications.
 *
 * `hears` is true for a server: it receives the signals of other servers and may become their leader. Threads and
 * commands only raise signals.
 */
export function openPostgres(
  settings: PostgresSettings,
  { log = noLog, hears = false }: { log?: Log; hears?: boolean } = {},
): Database {
  const pool = new Pool({
    ...connectionOf(settings),
    max: settings.poolSize,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: idleConnectionMs,
    allowExitOnIdle: true,
  })
  // A lost connection is noticed by the code that uses it. When nothing uses it, the pool removes it.
  pool.on('error', (error) => log('warn', 'a connection to the database has ended', describeError(error)))
  pool.on('connect', (client) => client.on('error', () => {}))
  const local = createSignals()
  const listener = listen(settings, local, { log, hears })
  const statements = createStatements(settings)
  const connect = () => connectFrom(pool)
  const prepare = (text: string) => statements(text, [])
  const writing = {
    'on disk': transactionSettings(settings, 'on disk'),
    committed: transactionSettings(settings, 'committed'),
  }
  const grouped = { connect, prepare, connections: settings.poolSize }
  const groups = {
    read: createGroups(grouped),
    'on disk': createGroups({ ...grouped, settings: writing['on disk'] }),
    committed: createGroups({ ...grouped, settings: writing.committed }),
  }
  const readOnce = (text: string, values: Value[]) =>
    asDatabaseError(
      new Promise<Answer>((resolve, reject) =>
        groups.read.add({ statements: [{ ...statements(text, values), resolve, reject }] }),
      ),
    )

  const outside = readerOn(async (text, values = []) => {
    for (let tries = 1; ; tries++) {
      try {
        return await readOnce(text, values)
      } catch (error) {
        // A migration by a newer server must not be noticed, and reading twice does no harm. Other errors are the caller's.
        const again = isOutdatedPlan(error)
          ? tries < triesAfter(error)
          : tries === 1 && isOfLostSession(error)
        if (!again) throw error
      }
    }
  })

  async function attempt<T>(body: (tx: Transaction) => Promise<T> | T, until: Until): Promise<T> {
    const begin = () => ['begin', ...settingStatements(writing[until])].map(prepare)
    const pipeline = createPipeline({ connect, begin, whole: (one) => groups[until].add(one) })
    const effects: (() => void)[] = []
    const raised: Raised[] = []
    // What the first statement that failed has said. Those after it only say that one before them has failed, and may say so
    // earlier, because the promise of the first one may have passed through more functions.
    let failed: { error: unknown } | undefined
    const query: Query = async (text, values = [], explain = (error) => error) => {
      try {
        return await asDatabaseError(pipeline.send(statements(text, values)))
      } catch (thrown) {
        const error = explain(thrown)
        if (!followsFailure(error)) failed ??= { error }
        throw error
      }
    }
    const open = transaction(query, { effects, raised })
    let broken = false
    try {
      // Whatever this was called from: what the body sends before it waits for an answer leaves together.
      await Promise.resolve()
      const value = await body(open)
      open.end()
      for (const one of raised)
        query('select pg_notify(?, ?)', listener.notification(one)).catch(toldByTransaction)
      await commit(pipeline, prepare('commit'))
      if (failed) throw failed.error
      for (const { name, of } of raised) local.raise(name, of)
      for (const effect of effects) effect()
      return value
    } catch (thrown) {
      open.end()
      const error = failed && followsFailure(thrown) ? failed.error : thrown
      broken = breaksConnection(error)
      if (!broken) await pipeline.rollback(prepare('rollback')).catch(() => (broken = true))
      throw error
    } finally {
      pipeline.release(broken)
    }
  }

  return {
    kind: 'postgres',
    leads: () => listener.leads,
    signals: { ...local, tell: listener.tell },
    ...outside,
    async write(body, until = 'on disk') {
      for (let tries = 1; ; tries++) {
        try {
          return await attempt(body, until)
        } catch (error) {
          if (tries >= triesAfter(error)) throw error
          await sleep(Math.random() * 5 * 2 ** tries)
        }
      }
    },
    async close() {
      await listener.close()
      await Promise.all(Object.values(groups).map((group) => group.idle()))
      await pool.end()
    },
  }
}

type Until = 'on disk' | 'committed'

function transactionSettings(settings: PostgresSettings, until: Until): Settings {
  const ms = String(settings.statementTimeoutMs)
  return {
    ...(pooled(settings) && { statement_timeout: ms, idle_in_transaction_session_timeout: ms }),
    ...(until === 'committed' && { synchronous_commit: 'off' }),
  }
}

/** A statement that has failed, and whose error nobody has seen, turns the commit into a rollback. */
async function commit(pipeline: Pipeline, statement: Statement): Promise<void> {
  const committing = pipeline.commit(statement)
  const { command } = await asDatabaseError(committing, { whileCommitting: true })
  if (command !== 'COMMIT') throw new StatementPassedOver()
}

const isOfLostSession = (error: unknown) =>
  error instanceof DatabaseUnavailable && hasLostSession(error.cause)

/** A statement that was prepared before a migration changed its table will always fail on its connection. */
const breaksConnection = (error: unknown) => error instanceof DatabaseUnavailable || isOutdatedPlan(error)

/** Whether this error only says that a statement before it has failed. */
const followsFailure = (error: unknown) => error instanceof StatementPassedOver || isAborted(error)

/** `explain` turns the error of the statement into the one that the transaction fails with. */
type Query = (text: string, values?: Value[], explain?: (error: unknown) => unknown) => Promise<Answer>

/** For a statement that nobody waits for: where it fails, the transaction does. */
const toldByTransaction = (): void => {}

const readerOn = (query: Query): Reader => ({
  get: async <Row>(sql: string, ...values: Value[]) => (await query(sql, values)).rows[0] as Row | undefined,
  all: async <Row>(sql: string, ...values: Value[]) => (await query(sql, values)).rows as Row[],
})

/** A transaction that throws when it is used after `end`. */
function transaction(
  ask: Query,
  told: { effects: (() => void)[]; raised: Raised[] },
): Transaction & { end(): void } {
  let ended = false
  const query: Query = (...statement) => (ended ? Promise.reject(new TransactionEnded()) : ask(...statement))
  const inTime = () => {
    if (ended) throw new TransactionEnded()
  }
  const reader = readerOn(query)
  /** The division of `sql` fails where nothing was changed, and then the commit, which may be sent already, is passed over. */
  const change = (refusal: () => Error, sql: string, values: Value[]) => {
    const answered = query(sql, values, (error) => (isDivisionByZero(error) ? refusal() : error))
    answered.catch(toldByTransaction)
    return answered
  }
  const lock = (
    table: string,
    ids: string[],
    key: string,
    { sql, values }: { sql: string; values: Value[] },
  ) => {
    if (ids.length === 0) return Promise.resolve()
    const locked = query(
      `select 1 from ${table} where ${sql} order by ${key} for no key update`,
      values,
    ).then(() => {})
    locked.catch(toldByTransaction)
    return locked
  }
  return {
    ...reader,
    run: async (sql, ...values) => (await query(sql, values)).count,
    send(sql, ...values) {
      inTime()
      query(sql, values).catch(toldByTransaction)
    },
    sendChange(refusal, sql, ...values) {
      inTime()
      void change(refusal, `with changed as (${sql} returning 1) select 1 / count(*) from changed`, values)
    },
    sendInsert(refusal, sql, ...values) {
      inTime()
      const counted = `with changed as (${sql} returning seq) select 1 / count(*), max(seq) as seq from changed`
      const numbered = change(refusal, counted, values).then(({ rows }) => Number(rows[0]?.['seq']))
      numbered.catch(toldByTransaction)
      return numbered
    },
    lock(table, ...ids) {
      const key = table === 'search_versions' ? 'vector_store_id' : 'id'
      const { marks, values } = inList(ids)
      return lock(table, ids, key, { sql: `${key} in (${marks})`, values })
    },
    lockOwn(project, table, ...ids) {
      const { marks, values } = inList(ids)
      return lock(table, ids, 'id', { sql: `id in (${marks}) and project = ?`, values: [...values, project] })
    },
    claim: (sql, ...values) => reader.get(`${sql} for no key update skip locked`, ...values),
    async now() {
      const { now = 0 } =
        (await reader.get<{ now: number }>(
          'select cast(extract(epoch from clock_timestamp()) * 1000 as bigint) as now',
        )) ?? {}
      return now
    },
    async reserveNumbers(table) {
      const sequence = table === 'chunks' ? 'chunk_numbers' : 'runs_seq_seq'
      const block = await reader.get<{ first: number }>(`select nextval('${sequence}') as first`)
      return block?.first ?? 0
    },
    raise(name, of = '') {
      inTime()
      if (!told.raised.some((one) => one.name === name && one.of === of)) told.raised.push({ name, of })
    },
    afterCommit(effect) {
      inTime()
      told.effects.push(effect)
    },
    end: () => void (ended = true),
  }
}

type Statements = (text: string, values: Value[]) => Statement

/** With more, the protocol cannot say how many there are, and PostgreSQL ends the session with all that is sent together. */
const maxValues = 65_535

/**
 * Runs our SQL on PostgreSQL. Statements are prepared once for each connection, unless there is a pooler in between.
 */
function createStatements(settings: PostgresSettings): Statements {
  const known = new Map<string, { text: string; name?: string }>()
  return (sql, values) => {
    if (values.length > maxValues) throw new RangeError(`a statement has at most ${maxValues} values`)
    let statement = known.get(sql)
    if (!statement) {
      let count = 0
      const text = sql.replaceAll('?', () => `$${++count}`)
      statement = pooled(settings) ? { text } : { text, name: `s${known.size}` }
      known.set(sql, statement)
    }
    return { ...statement, values: values.map(encode) }
  }
}

/** PostgreSQL cannot store NUL in a text. JSON writes it as an escape. In other texts it becomes U+FFFD. */
export const withoutNul = (text: string): string =>
  text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text

function encode(value: Value): string | Buffer | null {
  if (typeof value === 'string') return withoutNul(value)
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return value === null ? null : String(value)
}
