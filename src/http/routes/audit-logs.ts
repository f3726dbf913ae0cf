import { auditLogsQuery } from '../../contract/audit-logs.ts'
import { listAuditLogs } from '../../operations/audit-logs.ts'
import { answer } from '../answer.ts'
import { organizationOf, type Api } from '../call.ts'
import { readQueryWithLists } from '../input.ts'

export function auditLogRoutes(api: Api): void {
  api.get('/organization/audit_logs', async (c) =>
    answer(c, await listAuditLogs(organizationOf(c), readQueryWithLists(c, auditLogsQuery))),
  )
}
