import { randomBytes } from 'node:crypto'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { hashOfKey, redactedKey } from '../common/api-key.ts'
import { nowSeconds } from '../common/clock.ts'
import type { ApiKeyRecord } from '../contract/api-keys.ts'
import { defaultProject } from '../contract/projects.ts'
import { newAdminApiKey, newApiKeyId } from '../common/ids.ts'
import { adminKeyFile } from '../store/admin-key-file.ts'
import type { KeyOfSettings } from './access.ts'
import { changeAccess } from '../store/access-version.ts'
import { listApiKeys, putApiKey } from '../store/api-keys.ts'
import type { Database, Reader } from '../store/database.ts'
import { insertProject } from '../store/projects.ts'
import { insertServiceAccount } from '../store/service-accounts.ts'
import { audit } from './audit-logs.ts'

export interface FirstKeysSettings {
  dataDir: string
  apiKey: string
  /** '' where the settings give none. */
  adminKey: string
}

/** The rows that stand for keys of the settings, so that they are listed and what is used with them is counted. */
const apiKeyId = 'key_default'
const adminKeyId = 'key_admin'
const defaultAccountId = 'svc_acct_default'

/**
 * Makes what a server needs at its start: the default project, and an admin key where the settings give none and the database
 * has none. Its value is then in a file of the data folder that only its owner can read. Returns the keys of the settings.
 */
export async function prepareFirstKeys(db: Database, settings: FirstKeysSettings): Promise<KeyOfSettings[]> {
  const { apiKey, adminKey, dataDir } = settings
  await db.write(async (tx) => {
    const created_at = nowSeconds()
    const isNew = await insertProject(tx, {
      id: defaultProject,
      name: 'Default project',
      created_at,
      archived_at: null,
    })
    if (isNew) await changeAccess(tx)
    const account = { id: defaultAccountId, project: defaultProject, name: 'default', created_at }
    await insertServiceAccount(tx, { ...account, role: 'member' })
    const ofSettings = { hash: null, created_at, expires_at: null, last_used_at: null }
    await putApiKey(tx, {
      ...ofSettings,
      id: apiKeyId,
      project: defaultProject,
      service_account: account.id,
      name: 'THREADMILL_API_KEY',
      redacted: redactedKey(apiKey),
    })
    if (adminKey !== '')
      await putApiKey(tx, {
        ...ofSettings,
        id: adminKeyId,
        project: '',
        service_account: '',
        name: 'THREADMILL_ADMIN_KEY',
        redacted: redactedKey(adminKey),
      })
  })
  if (adminKey === '' && !(await hasAdminKey(db))) await makeAdminKey(db, adminKeyFile(dataDir))
  return [
    { id: apiKeyId, project: defaultProject, value: apiKey },
    ...(adminKey === '' ? [] : [{ id: adminKeyId, project: '', value: adminKey }]),
  ]
}

/** The row for a key of the settings does not count: those of this server give none. */
async function hasAdminKey(db: Reader): Promise<boolean> {
  const { data } = await listApiKeys(db, '', { limit: 100, order: 'asc' })
  return data.some(({ hash, expires_at: until }) => hash !== null && (until === null || until > nowSeconds()))
}

/**
 * The file comes before the row: a server that dies in between makes another key at its next start. One that another server
 * was faster with is taken away again.
 */
async function makeAdminKey(db: Database, path: string): Promise<void> {
  const value = newAdminApiKey()
  // Another server may begin on the same folder at this moment.
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  writeFileSync(draft, `${value}\n`, { mode: 0o600, flush: true })
  const isFirst = await db.write(async (tx) => {
    await changeAccess(tx)
    if (await hasAdminKey(tx)) return false
    const key: Omit<ApiKeyRecord, 'seq'> = {
      id: newApiKeyId(),
      project: '',
      service_account: '',
      name: 'admin-api-key',
      hash: hashOfKey(value),
      redacted: redactedKey(value),
      created_at: nowSeconds(),
      expires_at: null,
      last_used_at: null,
    }
    await putApiKey(tx, key)
    const body = { data: { scopes: [] } }
    await audit(tx, { actor: null }, { type: 'api_key.created', project: '', resource: key.id, body })
    return true
  })
  if (isFirst) renameSync(draft, path)
  else rmSync(draft, { force: true })
}
