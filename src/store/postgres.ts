import { setTimeout as sleep } from 'node:timers/promises'
import { Pool, type PoolClient, type QueryResult } from 'pg'
import { describeError, noLog, type Log } from '../log.ts'
import { TransactionEnded, type Database, type Reader, type Transaction, type Value } from './database.ts'
import {
  asDatabaseError,
  connectionOf,
  connectTimeoutMs,
  pooled,
  sendTogether,
} from './postgres-connection.ts'
import { inList } from './in-list.ts'
import { isAborted, isOutdatedPlan, triesAfter } from './postgres-errors.ts'
import { listen, type Raised } from './postgres-listener.ts'
import type { PostgresSettings } from './postgres-settings.ts'
import { createSignals } from './signals.ts'
import { DatabaseUnavailable } from '../errors.ts'

/**
 * PostgreSQL, which any number of servers may share. Each transaction has its own connection of the pool, and reads
 * what is committed. SQLite has a single writer; `lock` and `claim` give the same safety here. Signals are
 * notifications.
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
    allowExitOnIdle: true,
  })
  // A lost connection is noticed by the code that uses it. When nothing uses it, the pool removes it.
  pool.on('error', (error) => log('warn', 'a connection to the database has ended', describeError(error)))
  pool.on('connect', (client) => client.on('error', () => {}))
  const local = createSignals()
  const listener = listen(settings, local, { log, hears })
  const statements = createStatements(settings)
  const outside = readerOn((text, values) => asDatabaseError(pool.query(statements(text, values))))

  async function attempt<T>(body: (tx: Transaction) => Promise<T> | T, begin: string): Promise<T> {
    const client = await asDatabaseError(pool.connect())
    const effects: (() => void)[] = []
    const raised: Raised[] = []
    let failed: { error: unknown } | undefined
    const fail = (error: unknown) => void (failed ??= { error })
    const open = transaction(client, statements, { effects, raised, fail })
    let broken = false
    try {
      sendTogether(client)
      // Not awaited, so that it leaves together with the first statements. It fails only with its connection.
      asDatabaseError(client.query(begin)).catch(fail)
      const value = await body(open)
      open.end()
      sendTogether(client)
      await commit(client, raised.map(listener.notification).join(''))
      if (failed) throw failed.error
      for (const { name, of } of raised) local.raise(name, of)
      for (const effect of effects) effect()
      return value
    } catch (thrown) {
      open.end()
      const error = failed && followsFailure(thrown) ? failed.error : thrown
      // A statement that was prepared before a migration changed its table will always fail on this connection.
      broken = error instanceof DatabaseUnavailable || isOutdatedPlan(error)
      if (!broken) await client.query('rollback').catch(() => (broken = true))
      throw error
    } finally {
      client.release(broken)
    }
  }

  return {
    kind: 'postgres',
    leads: () => listener.leads,
    signals: { ...local, tell: listener.tell },
    ...outside,
    async write(body, until = 'on disk') {
      const begin = beginning(settings, until)
      for (let tries = 1; ; tries++) {
        try {
          return await attempt(body, begin)
        } catch (error) {
          if (tries >= triesAfter(error)) throw error
          await sleep(Math.random() * 5 * 2 ** tries)
        }
      }
    },
    async close() {
      await listener.close()
      await pool.end()
    },
  }
}

function beginning(settings: PostgresSettings, until: 'on disk' | 'committed'): string {
  const ms = settings.statementTimeoutMs
  const first = pooled(settings)
    ? `; set local statement_timeout = ${ms}; set local idle_in_transaction_session_timeout = ${ms}`
    : ''
  return `begin${first}${until === 'committed' ? '; set local synchronous_commit = off' : ''}`
}

/** When a statement of the transaction has failed, only the answer to the commit says so. */
async function commit(client: PoolClient, notifications: string): Promise<void> {
  const results: unknown = await asDatabaseError(client.query(`${notifications}commit`), {
    whileCommitting: true,
  })
  const last = Array.isArray(results) ? results.at(-1) : results
  if ((last as QueryResult).command !== 'COMMIT')
    throw new StatementPassedOver('a failed statement of a transaction was passed over')
}

class StatementPassedOver extends Error {
  override name = 'StatementPassedOver'
}

/** Whether this error only says that a statement before it has failed. */
const followsFailure = (error: unknown) => error instanceof StatementPassedOver || isAborted(error)

type Query = (text: string, values: Value[]) => Promise<QueryResult>

const readerOn = (query: Query): Reader => ({
  get: async <Row>(sql: string, ...values: Value[]) => (await query(sql, values)).rows[0] as Row | undefined,
  all: async <Row>(sql: string, ...values: Value[]) => (await query(sql, values)).rows as Row[],
})

/** A transaction that throws when it is used after `end`. */
function transaction(
  client: PoolClient,
  statements: Statements,
  told: { effects: (() => void)[]; raised: Raised[]; fail: (error: unknown) => void },
): Transaction & { end(): void } {
  let ended = false
  const query: Query = (text, values) => {
    if (ended) return Promise.reject(new TransactionEnded())
    sendTogether(client)
    return asDatabaseError(client.query(statements(text, values)))
  }
  const inTime = () => {
    if (ended) throw new TransactionEnded()
  }
  const reader = readerOn(query)
  return {
    ...reader,
    run: async (sql, ...values) => (await query(sql, values)).rowCount ?? 0,
    send(sql, ...values) {
      inTime()
      query(sql, values).catch(told.fail)
    },
    async lock(table, ...ids) {
      if (ids.length === 0) return
      const key = table === 'search_versions' ? 'vector_store_id' : 'id'
      const { marks, values } = inList(ids)
      await query(
        `select 1 from ${table} where ${key} in (${marks}) order by ${key} for no key update`,
        values,
      )
    },
    claim: (sql, ...values) => reader.get(`${sql} for no key update skip locked`, ...values),
    async reserveNumbers() {
      const block = await reader.get<{ first: number }>("select nextval('chunk_numbers') as first")
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

type Statements = (text: string, values: Value[]) => { text: string; values: unknown[]; name?: string }

/**
 * Runs our SQL on PostgreSQL. Statements are prepared once for each connection, unless there is a pooler in between.
 */
function createStatements(settings: PostgresSettings): Statements {
  const known = new Map<string, { text: string; name?: string }>()
  return (sql, values) => {
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

function encode(value: Value): unknown {
  if (typeof value === 'string') return withoutNul(value)
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return value
}
