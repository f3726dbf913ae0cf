import type { AuditActor } from '../contract/audit-logs.ts'
import type { Database } from '../store/database.ts'
import type { ModelCatalog } from './context.ts'

/** What an operation of the administration API needs, on behalf of the holder of an admin key. */
export interface OrganizationContext {
  db: Database
  /** What the tokens of a model cost, and which models there are. */
  catalog: ModelCatalog
  actor: AuditActor
}
