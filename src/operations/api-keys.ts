import { hashOfKey, redactedKey } from '../common/api-key.ts'
import { nowSeconds } from '../common/clock.ts'
import {
  toAdminApiKey,
  toProjectApiKey,
  type AdminApiKey,
  type AdminApiKeysQuery,
  type ApiKeyRecord,
  type ApiKeysQuery,
  type CreateAdminApiKeyRequest,
  type ModifyApiKeyRequest,
  type ProjectApiKey,
} from '../contract/api-keys.ts'
import { keyIsExpired, keyOfSettings, notFound } from '../errors/errors.ts'
import { newAdminApiKey, newApiKeyId, newServiceAccountKey } from '../common/ids.ts'
import * as rows from '../store/api-keys.ts'
import type { Reader, Transaction } from '../store/database.ts'
import { deleteLimits } from '../store/usage/limits.ts'
import { serviceAccountsById } from '../store/service-accounts.ts'
import { audit } from './audit-logs.ts'
import { toListPage, type List } from './list.ts'
import type { OrganizationContext } from './organization-context.ts'
import { findActiveProject, findProject } from './projects.ts'

/** Keys of the whole organization belong to no project. */
const organization = ''

export async function listProjectApiKeys(
  ctx: OrganizationContext,
  projectId: string,
  { owner_project_access: access, ...query }: ApiKeysQuery,
): Promise<List<ProjectApiKey>> {
  await findProject(ctx.db, projectId)
  const { data, hasMore } = await rows.listApiKeys(ctx.db, projectId, { ...query, order: 'asc' })
  const asked = access === 'inactive' ? [] : await withOwners(ctx.db, data)
  return toListPage({ data: asked, hasMore: hasMore && access !== 'inactive' }, (key) => key)
}

export async function retrieveProjectApiKey(
  ctx: OrganizationContext,
  projectId: string,
  id: string,
): Promise<ProjectApiKey> {
  await findProject(ctx.db, projectId)
  return withOwner(ctx.db, await findKey(ctx.db, projectId, id))
}

/** The time is counted from this request. */
export const modifyProjectApiKey = (
  ctx: OrganizationContext,
  projectId: string,
  id: string,
  { expires_in_seconds }: ModifyApiKeyRequest,
): Promise<ProjectApiKey> =>
  ctx.db.write(async (tx) => {
    await findActiveProject(tx, projectId)
    const key = await findKey(tx, projectId, id)
    if (key.hash === null) throw keyOfSettings()
    if (key.expires_at !== null && key.expires_at <= nowSeconds()) throw keyIsExpired(id)
    const expires_at = nowSeconds() + expires_in_seconds
    await rows.setKeyExpiry(tx, id, expires_at)
    const body = { changes_requested: { expires_in_seconds } }
    await audit(tx, ctx, { type: 'api_key.updated', project: projectId, resource: id, body })
    return withOwner(tx, { ...key, expires_at })
  })

export const deleteProjectApiKey = (ctx: OrganizationContext, projectId: string, id: string) =>
  ctx.db.write(async (tx) => {
    await findActiveProject(tx, projectId)
    await removeKey(tx, ctx, await findKey(tx, projectId, id))
    return { id, object: 'organization.project.api_key.deleted' as const, deleted: true }
  })

/** The answer is the only one that has the value of the key. */
export const createAdminApiKey = (
  ctx: OrganizationContext,
  { name, expires_in_seconds }: CreateAdminApiKeyRequest,
): Promise<AdminApiKey & { value: string }> =>
  ctx.db.write(async (tx) => {
    const made = await createKey(tx, ctx, { project: organization, name, expires_in_seconds })
    return { ...toAdminApiKey(made.key), value: made.value }
  })

export const listAdminApiKeys = async (
  ctx: OrganizationContext,
  query: AdminApiKeysQuery,
): Promise<List<AdminApiKey>> =>
  toListPage(await rows.listApiKeys(ctx.db, organization, query), toAdminApiKey)

export const retrieveAdminApiKey = async (ctx: OrganizationContext, id: string): Promise<AdminApiKey> =>
  toAdminApiKey(await findKey(ctx.db, organization, id))

export const deleteAdminApiKey = (ctx: OrganizationContext, id: string) =>
  ctx.db.write(async (tx) => {
    await removeKey(tx, ctx, await findKey(tx, organization, id))
    return { id, object: 'organization.admin_api_key.deleted' as const, deleted: true }
  })

/** Makes a key for the whole organization, or for a service account of a project. */
export async function createKey(
  tx: Transaction,
  ctx: Pick<OrganizationContext, 'actor'>,
  {
    project,
    service_account = '',
    name,
    expires_in_seconds: lifetime,
  }: { project: string; service_account?: string; name: string; expires_in_seconds: number | undefined },
): Promise<{ key: ApiKeyRecord; value: string }> {
  const value = project === organization ? newAdminApiKey() : newServiceAccountKey()
  const created_at = nowSeconds()
  const key: ApiKeyRecord = {
    seq: 0,
    id: newApiKeyId(),
    project,
    service_account,
    name,
    hash: hashOfKey(value),
    redacted: redactedKey(value),
    created_at,
    expires_at: lifetime === undefined ? null : created_at + lifetime,
    last_used_at: null,
  }
  await rows.putApiKey(tx, key)
  await audit(tx, ctx, { type: 'api_key.created', project, resource: key.id, body: { data: { scopes: [] } } })
  return { key, value }
}

/** Every server stops taking the key within a second. */
export async function removeKey(
  tx: Transaction,
  ctx: Pick<OrganizationContext, 'actor'>,
  key: ApiKeyRecord,
): Promise<void> {
  if (key.hash === null) throw keyOfSettings()
  await rows.deleteApiKey(tx, key)
  await deleteLimits(tx, key.id)
  await audit(tx, ctx, { type: 'api_key.deleted', project: key.project, resource: key.id, body: {} })
}

export async function findKey(db: Reader, project: string, id: string): Promise<ApiKeyRecord> {
  const key = await rows.getApiKey(db, project, id)
  if (!key) throw notFound('API key', id)
  return key
}

async function withOwners(db: Reader, keys: ApiKeyRecord[]): Promise<ProjectApiKey[]> {
  const owners = await serviceAccountsById(
    db,
    keys.map((key) => key.service_account),
  )
  // A key goes with its account, in one transaction.
  return keys.flatMap((key) => {
    const owner = owners.get(key.service_account)
    return owner ? [toProjectApiKey(key, owner)] : []
  })
}

async function withOwner(db: Reader, key: ApiKeyRecord): Promise<ProjectApiKey> {
  const [shown] = await withOwners(db, [key])
  if (!shown) throw notFound('API key', key.id)
  return shown
}
