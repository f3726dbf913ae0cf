import type { WebhookEndpointRecord } from '../contract/webhooks.ts'
import type { Reader, Transaction } from './database.ts'
import { readPage, type Page, type PageQuery } from './page.ts'
import { addTombstone } from './tombstones.ts'

const list = 'webhook_endpoints'

interface WebhookEndpointRow extends Omit<WebhookEndpointRecord, 'event_types' | 'of_settings'> {
  event_types: string
  of_settings: number
}

const record = (row: WebhookEndpointRow): WebhookEndpointRecord => ({
  ...row,
  event_types: JSON.parse(row.event_types),
  of_settings: row.of_settings === 1,
})

/** An endpoint with the same id is replaced by it, which happens only to those of the settings. */
export const putWebhookEndpoint = (
  tx: Transaction,
  endpoint: Omit<WebhookEndpointRecord, 'seq'>,
): Promise<number> =>
  tx.run(
    `insert into webhook_endpoints (id, project, name, url, event_types, secret, old_secret, old_secret_until, of_settings,
       created_at, updated_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (id) do update set name = excluded.name, event_types = excluded.event_types, secret = excluded.secret,
       updated_at = excluded.updated_at`,
    endpoint.id,
    endpoint.project,
    endpoint.name,
    endpoint.url,
    JSON.stringify(endpoint.event_types),
    endpoint.secret,
    endpoint.old_secret,
    endpoint.old_secret_until,
    endpoint.of_settings ? 1 : 0,
    endpoint.created_at,
    endpoint.updated_at,
  )

export async function getWebhookEndpoint(
  db: Reader,
  project: string,
  id: string,
): Promise<WebhookEndpointRecord | undefined> {
  const row = await db.get<WebhookEndpointRow>(
    'select * from webhook_endpoints where id = ? and project = ?',
    id,
    project,
  )
  return row && record(row)
}

export async function listWebhookEndpoints(
  db: Reader,
  project: string,
  query: PageQuery,
): Promise<Page<WebhookEndpointRecord>> {
  const ofProject = { sql: 'project = ?', values: [project] }
  const within = { ...ofProject, deletedFrom: { project, list } }
  const page = await readPage<WebhookEndpointRow>(db, list, ofProject, query, within)
  return { ...page, data: page.data.map(record) }
}

export async function webhookEndpointsOfSettings(db: Reader): Promise<WebhookEndpointRecord[]> {
  const rows = await db.all<WebhookEndpointRow>(
    'select * from webhook_endpoints where of_settings = 1 order by seq',
  )
  return rows.map(record)
}

export const updateWebhookEndpoint = (tx: Transaction, endpoint: WebhookEndpointRecord): Promise<number> =>
  tx.run(
    `update webhook_endpoints set name = ?, url = ?, event_types = ?, secret = ?, old_secret = ?, old_secret_until = ?,
       updated_at = ? where id = ?`,
    endpoint.name,
    endpoint.url,
    JSON.stringify(endpoint.event_types),
    endpoint.secret,
    endpoint.old_secret,
    endpoint.old_secret_until,
    endpoint.updated_at,
    endpoint.id,
  )

/** What was on its way to it goes with it. */
export async function deleteWebhookEndpoint(tx: Transaction, endpoint: WebhookEndpointRecord): Promise<void> {
  await tx.run('delete from webhook_endpoints where id = ?', endpoint.id)
  await tx.run('delete from webhook_deliveries where endpoint = ?', endpoint.id)
  await addTombstone(tx, { project: endpoint.project, list }, endpoint)
}
