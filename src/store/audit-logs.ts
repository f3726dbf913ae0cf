import type { AuditLogRecord } from '../contract/audit-logs.ts'
import type { Database, Reader, Transaction } from './database.ts'
import { inList } from './in-list.ts'
import { readPage, type Condition, type Page, type PageQuery } from './page.ts'

export const insertAuditLog = (tx: Transaction, log: Omit<AuditLogRecord, 'seq'>): void =>
  tx.send(
    'insert into audit_logs (id, effective_at, type, project, actor, resource, body) values (?, ?, ?, ?, ?, ?, ?)',
    log.id,
    log.effective_at,
    log.type,
    log.project,
    JSON.stringify(log.actor),
    log.resource,
    JSON.stringify(log.body),
  )

const logsAtOnce = 500

/** Deletes some audit logs of before `before` (Unix seconds). Returns false when there was none. */
export async function deleteOldAuditLogs(db: Database, before: number): Promise<boolean> {
  const old = 'select seq from audit_logs where effective_at < ? order by effective_at limit ? + 0'
  if (!(await db.get(old, before, 1))) return false
  await db.write(
    (tx) => tx.run(`delete from audit_logs where seq in (${old})`, before, logsAtOnce),
    'committed',
  )
  return true
}

interface AuditLogRow extends Omit<AuditLogRecord, 'actor' | 'body'> {
  actor: string
  body: string
}

/** An empty list narrows nothing. Times are Unix seconds, and both belong to what is read. */
export interface AuditLogFilters {
  from: number
  to: number
  projects: string[]
  types: string[]
  actors: string[]
  resources: string[]
}

export async function listAuditLogs(
  db: Reader,
  query: PageQuery,
  filters: AuditLogFilters,
): Promise<Page<AuditLogRecord>> {
  const conditions = [
    { sql: 'effective_at between ? and ?', values: [filters.from, filters.to] },
    oneOf('project', filters.projects),
    oneOf('type', filters.types),
    // The id of an actor has no characters that JSON writes in another way.
    oneOf(
      'actor',
      filters.actors.map((id) => JSON.stringify({ type: 'api_key', api_key: { id, type: 'user' } })),
    ),
    oneOf('resource', filters.resources),
  ]
  const where = {
    sql: conditions.map(({ sql }) => sql).join(' and '),
    values: conditions.flatMap(({ values }) => values),
  }
  const page = await readPage<AuditLogRow>(db, 'audit_logs', where, query, { sql: '1 = 1', values: [] })
  return {
    ...page,
    data: page.data.map((row) => ({ ...row, actor: JSON.parse(row.actor), body: JSON.parse(row.body) })),
  }
}

function oneOf(column: string, wanted: string[]): Condition {
  if (wanted.length === 0) return { sql: '1 = 1', values: [] }
  const { marks, values } = inList(wanted)
  return { sql: `${column} in (${marks})`, values }
}
