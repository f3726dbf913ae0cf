import {
  toKeyLimits,
  toProjectLimits,
  type KeyLimits,
  type LimitName,
  type ModifyLimitsRequest,
  type ProjectLimits,
} from '../contract/project-limits.ts'
import type { Transaction } from '../store/database.ts'
import { limitsOf, setLimit } from '../store/usage/limits.ts'
import { findKey } from './api-keys.ts'
import { audit } from './audit-logs.ts'
import type { OrganizationContext } from './organization-context.ts'
import { findActiveProject, findProject } from './projects.ts'

export async function retrieveProjectLimits(ctx: OrganizationContext, id: string): Promise<ProjectLimits> {
  await findProject(ctx.db, id)
  return toProjectLimits(id, await limitsOf(ctx.db, id))
}

export const modifyProjectLimits = (
  ctx: OrganizationContext,
  id: string,
  input: ModifyLimitsRequest,
): Promise<ProjectLimits> =>
  ctx.db.write(async (tx) => {
    await findActiveProject(tx, id)
    await setLimits(tx, id, input)
    const body = { changes_requested: { limits: input } }
    await audit(tx, ctx, { type: 'project.updated', project: id, resource: id, body })
    return toProjectLimits(id, await limitsOf(tx, id))
  })

export async function retrieveKeyLimits(
  ctx: OrganizationContext,
  projectId: string,
  id: string,
): Promise<KeyLimits> {
  await findProject(ctx.db, projectId)
  await findKey(ctx.db, projectId, id)
  return toKeyLimits(projectId, id, await limitsOf(ctx.db, id))
}

export const modifyKeyLimits = (
  ctx: OrganizationContext,
  projectId: string,
  id: string,
  input: ModifyLimitsRequest,
): Promise<KeyLimits> =>
  ctx.db.write(async (tx) => {
    await findActiveProject(tx, projectId)
    await findKey(tx, projectId, id)
    await setLimits(tx, id, input)
    const body = { changes_requested: { limits: input } }
    await audit(tx, ctx, { type: 'api_key.updated', project: projectId, resource: id, body })
    return toKeyLimits(projectId, id, await limitsOf(tx, id))
  })

async function setLimits(
  tx: Transaction,
  owner: string,
  input: Partial<Record<LimitName, number | null | undefined>>,
): Promise<void> {
  for (const [name, value] of Object.entries(input)) {
    if (value !== undefined) await setLimit(tx, { owner, model: '', name: name as LimitName, value })
  }
}
