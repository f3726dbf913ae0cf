import { nowSeconds } from '../common/clock.ts'
import { describeError, type Log } from '../common/log.ts'
import { startLeasedWorker, type Going, type LeasedWorkerOptions } from '../store/leased-worker.ts'
import { isGivenUp } from '../store/leases.ts'
import {
  anyWebhookWaits,
  deliveredWebhook,
  failWebhook,
  maxWebhookPauseMs,
  postponeWebhook,
  renewWebhookLeases,
  takeLostWebhook,
  waitingWebhooks,
  type WebhookDelivery,
} from '../store/webhook-jobs.ts'
import { createTurns } from '../common/turns.ts'
import { messageOf, type SendWebhook } from './send.ts'

export interface WebhookWorkerOptions extends Pick<LeasedWorkerOptions, 'db' | 'owner' | 'trial'> {
  log: Log
  send: SendWebhook
  /** Called with the end of each try. */
  tried: (status: 'delivered' | 'postponed' | 'failed') => void
}

/** How many deliveries go on at a time. An endpoint has half of what the others leave. */
const places = 16
/** The pause after the first try, in milliseconds. It doubles with each further one. */
const firstPauseMs = 5_000
/** How long a delivery is tried, in seconds: three days. */
const keepTryingSeconds = 72 * 3_600

/**
 * Sends what waits for webhook endpoints: at least once, under an id that stays the same. Any server of the database may take
 * a delivery, and one that ends without an answer is taken again.
 */
export function startWebhookWorker(options: WebhookWorkerOptions): { close(): Promise<void> } {
  const { db, log, send, tried, owner, trial } = options

  async function work(delivery: WebhookDelivery, { stop: { signal } }: Going): Promise<void> {
    // Whatever ends the server, the event is told for three days.
    const reason = isGivenUp(delivery)
      ? `the server's process ended ${delivery.losses} times while it was sent`
      : await failureOf(delivery, signal)
    if (signal.aborted) return
    await settle(delivery, reason).catch((error: unknown) =>
      log('error', 'the end of a webhook delivery could not be written', {
        delivery: delivery.id,
        ...describeError(error),
      }),
    )
  }

  /** Why the endpoint has not taken it. Undefined when it has. */
  async function failureOf(delivery: WebhookDelivery, signal: AbortSignal): Promise<string | undefined> {
    try {
      const status = await send(delivery, delivery, signal)
      return status >= 200 && status < 300 ? undefined : `the endpoint answered ${status}`
    } catch (error) {
      return messageOf(error)
    }
  }

  async function settle(delivery: WebhookDelivery, reason: string | undefined): Promise<void> {
    const { id, endpoint, tries, created_at } = delivery
    if (reason === undefined) {
      await db.write((tx) => deliveredWebhook(tx, delivery), 'committed')
      return tried('delivered')
    }
    const told = { delivery: id, endpoint, try: tries + 1, reason }
    if (nowSeconds() - created_at > keepTryingSeconds) {
      await db.write((tx) => failWebhook(tx, delivery, reason))
      log('error', 'a webhook was given up', told)
      return tried('failed')
    }
    const pauseMs = Math.ceil(
      Math.min(firstPauseMs * 2 ** tries, maxWebhookPauseMs) * (0.5 + Math.random() / 2),
    )
    await db.write((tx) => postponeWebhook(tx, delivery, { pauseMs, reason }))
    log('warn', 'a webhook was not taken', told)
    tried('postponed')
  }

  return startLeasedWorker<WebhookDelivery>(
    {
      table: 'webhook_deliveries',
      keyOf: ({ seq }) => seq,
      laneOf: ({ endpoint }) => endpoint,
      anyWaits: anyWebhookWaits,
      queues: (tx, lease) => [waitingWebhooks(tx, lease)],
      takeLost: takeLostWebhook,
      renew: async (tx, lease, deliveries) =>
        new Map((await renewWebhookLeases(tx, lease, deliveries)).map((seq) => [seq, undefined])),
      work,
    },
    { db, log, owner, trial, turns: createTurns(places), wakeUps: [] },
  )
}
