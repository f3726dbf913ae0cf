import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { describeError, type Log } from '../../common/log.ts'
import { connectAlone } from './connection.ts'
import { presenceLock } from './presence.ts'
import type { PostgresSettings } from './settings.ts'
import type { Signals } from '../signals.ts'

/** The pause after a lost connection, in milliseconds. */
const retryMs = { first: 100, max: 2_000 }
/** How often an idle connection is tested, in milliseconds, because a broken network reports nothing. */
const probeIntervalMs = 5_000
const probeTimeoutMs = 5_000
/** After so long without a test PostgreSQL ends the connection: a process that was stopped may not lead for ever. */
const stoppedAfterMs = 3 * probeIntervalMs

export interface Raised {
  name: string
  of: string
}

export interface Listener {
  /** Whether this server holds the lock that only one server on this database can have. */
  readonly leads: boolean
  /** The values of `notify`, which notifies the other servers at the commit. */
  notification: (raised: Raised) => [channel: string, payload: string]
  /** Notifies the other servers now. */
  tell: (name: string, of?: string) => void
  close(): Promise<void>
}

/**
 * Receives signals from other servers on this database. It uses a connection of its own, and reconnects by itself.
 * Signals that are raised meanwhile are lost, which the contract of signals allows.
 */
export function listen(
  settings: PostgresSettings,
  local: Signals,
  { log, hears }: { log: Log; hears: boolean },
): Listener {
  const own = randomUUID().slice(0, 8)
  // The name of a channel has at most 63 bytes, so the schema is hashed.
  const channel = `threadmill_${createHash('sha256').update(settings.schema).digest('hex').slice(0, 16)}`
  const closing = new AbortController()
  const { signal } = closing
  let leads = false
  let current: Client | undefined
  /** What the other servers are to be told when what was asked on the connection before is answered. */
  const untold = new Set<string>()
  let asked = Promise.resolve()

  function heard(payload: string): void {
    const [from, name = '', of] = payload.split('\t')
    if (from !== own) local.raise(name, of)
  }

  /** The driver is to be asked one thing after another. What is told meanwhile goes together. */
  function ask(one: () => Promise<unknown>): Promise<void> {
    const answered = asked.then(one).then(() => {})
    asked = answered.catch(() => {})
    return answered
  }

  async function tellAll(): Promise<void> {
    const payloads = [...untold]
    untold.clear()
    if (payloads.length > 0)
      await current?.query('select pg_notify($1, payload) from unnest($2::text[]) as payload', [
        channel,
        payloads,
      ])
  }

  async function lead(client: Client): Promise<void> {
    const held = await client.query<{ leads: string }>('select pg_try_advisory_lock(hashtext($1)) as leads', [
      channel,
    ])
    leads = held.rows[0]?.leads === 't'
  }

  /** Listens until the connection is lost, and then rejects, or until the abort. `began` is called once it does. */
  async function hearOn(client: Client, began: () => void): Promise<void> {
    client.on('notification', ({ payload = '' }) => heard(payload))
    await client.query(`listen "${channel}"`)
    await client.query(`set idle_session_timeout = ${stoppedAfterMs}`)
    await client.query('select pg_advisory_lock_shared(hashtext($1))', [presenceLock(settings.schema)])
    current = client
    began()
    await watch(client, () => ask(() => (leads ? client.query('select 1') : lead(client))), signal)
  }

  async function hear(): Promise<void> {
    let pause = retryMs.first
    let wasHeard = true
    while (!signal.aborted) {
      let client: Client | undefined
      try {
        client = await connectAlone(settings, settings.listenUrl)
        // A standby takes connections, and lets nobody listen.
        await hearOn(client, () => {
          if (!wasHeard) log('info', 'the database is reached again', {})
          wasHeard = true
          pause = retryMs.first
        })
      } catch (error) {
        if (wasHeard && !signal.aborted) log('error', 'the database cannot be reached', describeError(error))
        wasHeard = false
      } finally {
        // The lock is lost together with its connection.
        leads = false
        current = undefined
        // What was asked on a connection that does not answer has no end.
        asked = Promise.resolve()
        untold.clear()
        // This is not awaited, because a connection that does not answer would never end.
        void client?.end().catch(() => {})
      }
      await sleep(pause, undefined, { signal, ref: false }).catch(() => {})
      pause = Math.min(pause * 2, retryMs.max)
    }
  }
  const hearing = hears ? hear() : Promise.resolve()
  const payloadOf = ({ name, of }: Raised) => [own, name, of].join('\t')

  return {
    get leads() {
      return leads
    },
    notification: (raised) => [channel, payloadOf(raised)],
    tell(name, of = '') {
      if (!current) return
      if (untold.size === 0) ask(tellAll).catch(() => {})
      untold.add(payloadOf({ name, of }))
    },
    async close() {
      closing.abort()
      await hearing
    },
  }
}

/** Rejects when the connection is lost. Resolves when the signal is aborted. */
async function watch(client: Client, probe: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  const { promise: lost, reject } = Promise.withResolvers<never>()
  lost.catch(() => {})
  client.on('error', reject)
  client.on('end', () => reject(new Error('the connection has ended')))
  for (;;) {
    const late = sleep(probeTimeoutMs, undefined, { signal, ref: false }).then(() => {
      throw new Error('the connection does not answer')
    })
    late.catch(() => {})
    await Promise.race([probe(), late, lost])
    await Promise.race([sleep(probeIntervalMs, undefined, { signal, ref: false }).catch(() => {}), lost])
    if (signal.aborted) return
  }
}
