import { nowSeconds } from '../common/clock.ts'
import {
  toAuditLog,
  type AuditLog,
  type AuditLogRecord,
  type AuditLogsQuery,
} from '../contract/audit-logs.ts'
import { newAuditLogId } from '../common/ids.ts'
import { changeAccess } from '../store/access-version.ts'
import * as rows from '../store/audit-logs.ts'
import type { Transaction } from '../store/database.ts'
import { toListPage, type List } from './list.ts'
import type { OrganizationContext } from './organization-context.ts'

/** Writes down a change of projects or keys in its transaction, and lets every server know of it. */
export async function audit(
  tx: Transaction,
  { actor }: Pick<OrganizationContext, 'actor'>,
  event: Pick<AuditLogRecord, 'type' | 'project' | 'resource' | 'body'>,
): Promise<void> {
  await changeAccess(tx)
  rows.insertAuditLog(tx, { ...event, id: newAuditLogId(), effective_at: nowSeconds(), actor })
}

const endOfTime = 100_000_000_001

/** The newest come first, as in the original. */
export async function listAuditLogs(
  ctx: OrganizationContext,
  query: AuditLogsQuery,
): Promise<List<AuditLog>> {
  const { limit, after, before } = query
  // No actor has an email address.
  if (query.actor_emails.length > 0) return toListPage({ data: [], hasMore: false }, toAuditLog)
  const page = await rows.listAuditLogs(
    ctx.db,
    { limit, after, before, order: 'desc' },
    {
      from: Math.max(query['effective_at[gte]'] ?? 0, (query['effective_at[gt]'] ?? -1) + 1),
      to: Math.min(query['effective_at[lte]'] ?? endOfTime, (query['effective_at[lt]'] ?? endOfTime) - 1),
      projects: query.project_ids,
      types: query.event_types,
      actors: query.actor_ids,
      resources: query.resource_ids,
    },
  )
  return toListPage(page, toAuditLog)
}
