import { z } from 'zod'
import { auditEventTypes } from './audit-event-types.ts'
import { wholeNumber } from './list.ts'
import { integer } from './limits.ts'
import { organizationQuery } from './organization.ts'

/** What is written down when it happens. The names are those of the original, which has more of them. */
export type AuditEventType =
  | 'project.created'
  | 'project.updated'
  | 'project.archived'
  | 'service_account.created'
  | 'service_account.updated'
  | 'service_account.deleted'
  | 'api_key.created'
  | 'api_key.updated'
  | 'api_key.deleted'
  | 'rate_limit.updated'
  | BudgetEventType

/** Additions to the original, whose log does not say who has changed these. */
export type BudgetEventType =
  `${'spend_limit' | 'spend_alert' | 'budget'}.${'created' | 'updated' | 'deleted'}`

/** Who has done something: the holder of a key, or whoever can write the database, with the command line. */
export type AuditActor = { type: 'api_key'; api_key: { id: string; type: 'user' } } | null

export interface AuditLogRecord {
  seq: number
  id: string
  effective_at: number
  type: AuditEventType
  /** '' when it is about no project. */
  project: string
  actor: AuditActor
  /** The id of what was changed. */
  resource: string
  /** What is shown under the name of the type, besides the id. */
  body: Record<string, unknown>
}

export type AuditLog = {
  id: string
  type: AuditEventType
  effective_at: number
  actor: AuditActor
  project?: { id: string }
} & { [Type in AuditEventType]?: { id: string } }

export const toAuditLog = ({
  id,
  type,
  effective_at,
  project,
  actor,
  resource,
  body,
}: AuditLogRecord): AuditLog => ({
  id,
  type,
  effective_at,
  ...(project !== '' && { project: { id: project } }),
  actor,
  [type]: { id: resource, ...body },
})

const time = wholeNumber(integer(0, 100_000_000_000)).optional()
const names = z.array(z.string()).default([])

/** Times are Unix seconds. There are no users here, so no event has an actor with an email address. */
export const auditLogsQuery = organizationQuery.extend({
  before: z.string().optional(),
  'effective_at[gt]': time,
  'effective_at[gte]': time,
  'effective_at[lt]': time,
  'effective_at[lte]': time,
  project_ids: names,
  event_types: z.array(z.enum(auditEventTypes)).default([]),
  actor_ids: names,
  actor_emails: names,
  resource_ids: names,
})
export type AuditLogsQuery = z.output<typeof auditLogsQuery>
