import { nowSeconds } from '../common/clock.ts'
import { toWebhookBody, type WebhookEvent } from '../contract/webhooks.ts'
import { newWebhookEventId, newWebhookId } from '../common/ids.ts'
import type { Database, Reader, Transaction } from './database.ts'
import { createSlice } from './slices.ts'

/**
 * Tells the endpoints of a project what has happened, once the transaction is committed. It costs one statement, whose answer
 * nobody waits for; where no endpoint wants the event, nothing is written.
 */
export function enqueueWebhook(tx: Transaction, project: string, event: WebhookEvent): void {
  const at = nowSeconds()
  tx.send(
    `insert into webhook_deliveries (id, endpoint, body, created_at, retry_at)
     select ?, id, ?, ?, 0 from webhook_endpoints where project = ? and event_types like '%"' || ? || '"%'`,
    newWebhookId(),
    JSON.stringify(toWebhookBody(event, newWebhookEventId(), at)),
    at,
    project,
    event.type,
  )
}

/** Deliveries of all endpoints: those on their way, of these those that have failed at least once, and those given up. */
export async function countWebhooks(
  db: Reader,
): Promise<{ waiting: number; retrying: number; failed: number }> {
  const found = await db.get<{ waiting: number; retrying: number; failed: number }>(
    `select (select count(*) from webhook_deliveries where failed_at is null) as waiting,
       (select count(*) from webhook_deliveries where failed_at is null and tries > 0) as retrying,
       (select count(*) from webhook_deliveries where failed_at is not null) as failed`,
  )
  return {
    waiting: Number(found?.waiting ?? 0),
    retrying: Number(found?.retrying ?? 0),
    failed: Number(found?.failed ?? 0),
  }
}

const slice = createSlice()

/** Deletes a slice of the deliveries that were given up before `before` (Unix seconds). Returns false when none is left. */
export async function removeFailedWebhooks(db: Database, before: number): Promise<boolean> {
  const { rows } = slice
  if (!(await db.get('select 1 from webhook_deliveries where failed_at < ? limit 1', before))) return false
  const removed = await db.write(
    (tx) =>
      slice.measure(() =>
        tx.run(
          `delete from webhook_deliveries where seq in
           (select seq from webhook_deliveries where failed_at < ? order by failed_at limit ? + 0)`,
          before,
          rows,
        ),
      ),
    'committed',
  )
  return removed === rows
}
