import type { ApiKeyRecord } from '../contract/api-keys.ts'
import type { Reader, Transaction } from './database.ts'
import { readPage, type Page, type PageQuery } from './page.ts'
import { addTombstone } from './tombstones.ts'

const list = 'api_keys'

/** A key with the same id is replaced by it, which happens only to keys of the settings. */
export const putApiKey = (tx: Transaction, key: Omit<ApiKeyRecord, 'seq'>): Promise<number> =>
  tx.run(
    `insert into api_keys (id, project, service_account, name, hash, redacted, created_at, expires_at, last_used_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do update set name = excluded.name, redacted = excluded.redacted`,
    key.id,
    key.project,
    key.service_account,
    key.name,
    key.hash,
    key.redacted,
    key.created_at,
    key.expires_at,
    key.last_used_at,
  )

/** `project` is '' for a key of the whole organization. */
export const getApiKey = (db: Reader, project: string, id: string): Promise<ApiKeyRecord | undefined> =>
  db.get<ApiKeyRecord>('select * from api_keys where id = ? and project = ?', id, project)

export const listApiKeys = (db: Reader, project: string, query: PageQuery): Promise<Page<ApiKeyRecord>> => {
  const ofProject = { sql: 'project = ?', values: [project] }
  return readPage<ApiKeyRecord>(db, list, ofProject, query, { ...ofProject, deletedFrom: { project, list } })
}

export const allApiKeys = (db: Reader): Promise<ApiKeyRecord[]> =>
  db.all<ApiKeyRecord>('select * from api_keys')

export const keysOfServiceAccount = (db: Reader, id: string): Promise<ApiKeyRecord[]> =>
  db.all<ApiKeyRecord>('select * from api_keys where service_account = ? order by seq', id)

export const setKeyExpiry = (tx: Transaction, id: string, expiresAt: number): Promise<number> =>
  tx.run('update api_keys set expires_at = ? where id = ?', expiresAt, id)

/** Times are Unix seconds. A key may be gone, or another server may have seen it later. */
export const setKeyUsed = (tx: Transaction, id: string, at: number): void =>
  tx.send(
    'update api_keys set last_used_at = ? where id = ? and (last_used_at is null or last_used_at < ?)',
    at,
    id,
    at,
  )

export async function deleteApiKey(tx: Transaction, key: ApiKeyRecord): Promise<void> {
  await tx.run('delete from api_keys where id = ?', key.id)
  await addTombstone(tx, { project: key.project, list }, key)
}
