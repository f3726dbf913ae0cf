import { nowSeconds } from '../common/clock.ts'
import type { Queue } from '../common/turns.ts'
import type { Reader, Transaction } from './database.ts'
import type { Lease, Losses, MayTake } from './leases.ts'

/** A delivery that a worker holds, and the endpoint to which it goes. */
export interface WebhookDelivery extends Losses {
  seq: number
  id: string
  endpoint: string
  body: string
  /** In Unix seconds. */
  created_at: number
  tries: number
  attempt: number
  url: string
  secret: string
  old_secret: string | null
  old_secret_until: number | null
}

/** The longest pause before the next try, in milliseconds. */
export const maxWebhookPauseMs = 6 * 3_600_000
/** How far the clocks of servers may be apart, in milliseconds. */
const clockSkewMs = 60_000

const free = 'lease_owner is null and failed_at is null'
/** A time further in the future was written by a clock that was set back since. */
const due = '(retry_at <= ? or retry_at > ?)'
const timesOf = (now: number): [number, number] => [now, now + 2 * maxWebhookPauseMs]

/** Whether any delivery has no worker and is due, or soon. */
export const anyWebhookWaits = async (db: Reader): Promise<boolean> =>
  (await db.get(
    `select 1 from webhook_deliveries where ${free} and ${due} limit 1`,
    ...timesOf(Date.now() + clockSkewMs),
  )) !== undefined

/** Deliveries that are due, by their endpoint, those that have waited longest first. */
export function waitingWebhooks(tx: Transaction, lease: Lease): Queue<WebhookDelivery> {
  const waiting = `${free} and losses = 0 and ${due}`
  let asked: Promise<number> | undefined
  const times = async () => timesOf(await (asked ??= tx.now()))
  return {
    async laneAfter(lane) {
      const next = (where: string, ...more: string[]) =>
        times().then((now) =>
          tx.get<{ endpoint: string }>(
            `select endpoint from webhook_deliveries where ${waiting} ${where} order by endpoint limit 1`,
            ...now,
            ...more,
          ),
        )
      return ((await next('and endpoint > ?', lane)) ?? (await next('')))?.endpoint
    },
    async take(lane) {
      const first = await tx.claim<{ seq: number }>(
        `select seq from webhook_deliveries where ${waiting} and endpoint = ? order by retry_at, seq limit 1`,
        ...(await times()),
        lane,
      )
      return first && claimWebhook(tx, first.seq, lease)
    },
  }
}

/** Claims a delivery that was lost with its server, the one with the least blame first. */
export async function takeLostWebhook(
  tx: Transaction,
  lease: Lease,
  { mayHave, notBlamed }: MayTake,
): Promise<WebhookDelivery | undefined> {
  const lost = await tx.all<{ seq: number; endpoint: string }>(
    `select seq, endpoint from webhook_deliveries where ${free} and losses > 0 and blamed <> ? order by blamed, seq`,
    notBlamed,
  )
  for (const { seq, endpoint } of lost) {
    if (!mayHave(endpoint)) continue
    const next = await tx.claim(`select seq from webhook_deliveries where seq = ? and ${free}`, seq)
    if (!next) continue
    await tx.run('update webhook_deliveries set on_trial = 1 where seq = ?', seq)
    return claimWebhook(tx, seq, lease)
  }
  return undefined
}

async function claimWebhook(
  tx: Transaction,
  seq: number,
  { owner, until }: Lease,
): Promise<WebhookDelivery | undefined> {
  await tx.run(
    'update webhook_deliveries set attempt = attempt + 1, lease_owner = ?, lease_until = ? where seq = ?',
    owner,
    until,
    seq,
  )
  const delivery = await tx.get<WebhookDelivery>(
    `select d.seq, d.id, d.endpoint, d.body, d.created_at, d.tries, d.attempt, d.losses, d.blamed,
       e.url, e.secret, e.old_secret, e.old_secret_until
     from webhook_deliveries as d join webhook_endpoints as e on e.id = d.endpoint where d.seq = ?`,
    seq,
  )
  // Its endpoint was deleted while the event was written.
  if (!delivery) await tx.run('delete from webhook_deliveries where seq = ?', seq)
  return delivery
}

/** Returns the `seq` of the deliveries that are still held. */
export async function renewWebhookLeases(
  tx: Transaction,
  { owner, until }: Lease,
  deliveries: Held[],
): Promise<number[]> {
  const held: number[] = []
  for (const { seq, attempt } of deliveries) {
    const renewed = await tx.run(
      'update webhook_deliveries set lease_until = ? where seq = ? and lease_owner = ? and attempt = ?',
      until,
      seq,
      owner,
      attempt,
    )
    if (renewed > 0) held.push(seq)
  }
  return held
}

type Held = Pick<WebhookDelivery, 'seq' | 'attempt'>

/** Each of these changes nothing where the delivery has gone with its endpoint, or to another worker. */
export const deliveredWebhook = (tx: Transaction, { seq, attempt }: Held) =>
  tx.run('delete from webhook_deliveries where seq = ? and attempt = ?', seq, attempt)

/** It has a clean slate then: what was lost with a server is taken again without any pause. */
export const postponeWebhook = async (
  tx: Transaction,
  { seq, attempt }: Held,
  { pauseMs, reason }: { pauseMs: number; reason: string },
) =>
  tx.run(
    `update webhook_deliveries set retry_at = ?, tries = tries + 1, last_error = ?, lease_owner = null, lease_until = null,
       on_trial = 0, losses = 0, blamed = 0 where seq = ? and attempt = ?`,
    (await tx.now()) + pauseMs,
    reason,
    seq,
    attempt,
  )

export const failWebhook = (tx: Transaction, { seq, attempt }: Held, reason: string) =>
  tx.run(
    `update webhook_deliveries set failed_at = ?, tries = tries + 1, last_error = ?, lease_owner = null, lease_until = null,
       on_trial = 0 where seq = ? and attempt = ?`,
    nowSeconds(),
    reason,
    seq,
    attempt,
  )
