import { nowSeconds } from '../common/clock.ts'
import type { CreateServiceAccountKeyRequest } from '../contract/api-keys.ts'
import type { OrganizationQuery } from '../contract/organization.ts'
import {
  toServiceAccount,
  type CreateServiceAccountRequest,
  type ModifyServiceAccountRequest,
  type NewServiceAccountKey,
  type ServiceAccount,
  type ServiceAccountRecord,
} from '../contract/service-accounts.ts'
import { keyOfSettings, notFound } from '../errors/errors.ts'
import { newServiceAccountId } from '../common/ids.ts'
import { keysOfServiceAccount } from '../store/api-keys.ts'
import type { Reader, Transaction } from '../store/database.ts'
import * as rows from '../store/service-accounts.ts'
import { audit } from './audit-logs.ts'
import { createKey, removeKey } from './api-keys.ts'
import { toListPage, type List } from './list.ts'
import type { OrganizationContext } from './organization-context.ts'
import { findActiveProject, findProject } from './projects.ts'

/** The answer is the only one that has the value of the key. */
export const createServiceAccount = (
  ctx: OrganizationContext,
  projectId: string,
  { name, create_service_account_only: alone, expires_in_seconds }: CreateServiceAccountRequest,
): Promise<ServiceAccount & { api_key: NewServiceAccountKey | null }> =>
  ctx.db.write(async (tx) => {
    const project = await findActiveProject(tx, projectId)
    const account: ServiceAccountRecord = {
      seq: 0,
      id: newServiceAccountId(),
      project: project.id,
      name,
      role: 'member',
      created_at: nowSeconds(),
    }
    await rows.insertServiceAccount(tx, account)
    const body = { data: { role: account.role } }
    const { id, project: of } = account
    await audit(tx, ctx, { type: 'service_account.created', project: of, resource: id, body })
    const api_key = alone ? null : await newKey(tx, ctx, account, { name: 'Secret Key', expires_in_seconds })
    return { ...toServiceAccount(account), api_key }
  })

export const createServiceAccountKey = (
  ctx: OrganizationContext,
  projectId: string,
  id: string,
  { name = 'Secret Key', expires_in_seconds }: CreateServiceAccountKeyRequest,
): Promise<NewServiceAccountKey> =>
  ctx.db.write(async (tx) => {
    await findActiveProject(tx, projectId)
    return newKey(tx, ctx, await findAccount(tx, projectId, id), { name, expires_in_seconds })
  })

async function newKey(
  tx: Transaction,
  ctx: OrganizationContext,
  { id: service_account, project }: ServiceAccountRecord,
  { name, expires_in_seconds }: { name: string; expires_in_seconds: number | undefined },
): Promise<NewServiceAccountKey> {
  const { key, value } = await createKey(tx, ctx, { project, service_account, name, expires_in_seconds })
  const { id, created_at, expires_at } = key
  return { id, object: 'organization.project.service_account.api_key', name, value, created_at, expires_at }
}

export async function listServiceAccounts(
  ctx: OrganizationContext,
  projectId: string,
  query: OrganizationQuery,
): Promise<List<ServiceAccount>> {
  const { id } = await findProject(ctx.db, projectId)
  return toListPage(await rows.listServiceAccounts(ctx.db, id, { ...query, order: 'asc' }), toServiceAccount)
}

export async function retrieveServiceAccount(
  ctx: OrganizationContext,
  projectId: string,
  id: string,
): Promise<ServiceAccount> {
  await findProject(ctx.db, projectId)
  return toServiceAccount(await findAccount(ctx.db, projectId, id))
}

export const modifyServiceAccount = (
  ctx: OrganizationContext,
  projectId: string,
  id: string,
  { name, role }: ModifyServiceAccountRequest,
): Promise<ServiceAccount> =>
  ctx.db.write(async (tx) => {
    await findActiveProject(tx, projectId)
    const account = await findAccount(tx, projectId, id)
    const changed = { ...account, name: name ?? account.name, role: role ?? account.role }
    await rows.updateServiceAccount(tx, changed)
    const body = { changes_requested: { ...(role !== undefined && { role }) } }
    await audit(tx, ctx, { type: 'service_account.updated', project: projectId, resource: id, body })
    return toServiceAccount(changed)
  })

/** Its keys go with it. */
export const deleteServiceAccount = (ctx: OrganizationContext, projectId: string, id: string) =>
  ctx.db.write(async (tx) => {
    await findActiveProject(tx, projectId)
    const account = await findAccount(tx, projectId, id)
    const keys = await keysOfServiceAccount(tx, id)
    if (keys.some(({ hash }) => hash === null)) throw keyOfSettings()
    for (const key of keys) await removeKey(tx, ctx, key)
    await rows.deleteServiceAccount(tx, account)
    await audit(tx, ctx, { type: 'service_account.deleted', project: projectId, resource: id, body: {} })
    return { id, object: 'organization.project.service_account.deleted' as const, deleted: true }
  })

async function findAccount(db: Reader, projectId: string, id: string): Promise<ServiceAccountRecord> {
  const account = await rows.getServiceAccount(db, projectId, id)
  if (!account) throw notFound('service account', id)
  return account
}
