import { nowSeconds } from '../clock.ts'
import { toWebhookBody, type WebhookEvent } from '../contract/webhooks.ts'
import { newWebhookEventId, newWebhookId } from '../ids.ts'
import type { Transaction } from './database.ts'

/**
 * Tells the endpoints of a project what has happened, once the transaction is committed. It costs one statement, whose answer
 * nobody waits for; where no endpoint wants the event, nothing is written.
 */
export function enqueueWebhook(tx: Transaction, project: string, event: WebhookEvent): void {
  const at = nowSeconds()
  tx.send(
    `insert into webhook_deliveries (id, endpoint, body, created_at, retry_at)
     select ?, id, ?, ?, 0 from webhook_endpoints where project = ? and event_types like ?`,
    newWebhookId(),
    JSON.stringify(toWebhookBody(event, newWebhookEventId(), at)),
    at,
    project,
    `%"${event.type}"%`,
  )
}
