import { statfs } from 'node:fs/promises'
import type { Database, Reader } from './database.ts'
import { isOver, leaseOwners } from './leases.ts'

/** What the health report says of the database and of the servers on it. */
export interface DatabaseState {
  kind: 'sqlite' | 'postgres'
  /** On disk, with indexes. Contents of files are elsewhere. */
  bytes: number
  /** Whether this server is the one that does the maintenance. */
  leads: boolean
  /** How many servers hold runs or files at this moment, this one included. */
  servers_at_work: number
  /** Files of vector stores that are not indexed yet. */
  files_to_index: number
}

const sizes: Record<Database['kind'], string> = {
  sqlite: 'select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()',
  postgres: `select coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint as bytes from pg_class c
    join pg_namespace n on n.oid = c.relnamespace where n.nspname = current_schema() and c.relkind = 'r'`,
}

/** In bytes: the disk of the data folder. */
export interface DiskState {
  free_bytes: number
  total_bytes: number
}

/** Where this server keeps what it has. Each is null while it cannot be asked, so this never rejects. */
export async function stateOfStorage(
  db: Database,
  dataDir: string,
): Promise<{ database: DatabaseState | null; disk: DiskState | null }> {
  const [database, disk] = await Promise.all([
    stateOfDatabase(db).catch(() => null),
    statfs(dataDir).catch(() => null),
  ])
  return {
    database,
    disk: disk && { free_bytes: disk.bavail * disk.bsize, total_bytes: disk.blocks * disk.bsize },
  }
}

/** Files of vector stores that are not indexed yet. */
export async function countFilesToIndex(db: Reader): Promise<number> {
  const waiting = await db.get<{ files: number }>(
    `select count(*) as files from vector_store_files where status = 'in_progress'`,
  )
  return Number(waiting?.files ?? 0)
}

/** Runs that have not ended, by status. */
export async function countActiveRuns(db: Reader): Promise<Record<string, number>> {
  const rows = await db.all<{ status: string; runs: number }>(
    `select status, count(*) as runs from runs
     where status in ('queued', 'in_progress', 'requires_action', 'cancelling') group by status`,
  )
  return Object.fromEntries(rows.map(({ status, runs }) => [status, Number(runs)]))
}

async function stateOfDatabase(db: Database): Promise<DatabaseState> {
  // Each database keeps this in tables of its own, so it is no row of the schema.
  const size = await db.get(sizes[db.kind])
  const { bytes } = size as { bytes: number | string }
  const owners = await leaseOwners(db)
  return {
    kind: db.kind,
    bytes: Number(bytes),
    leads: db.leads(),
    servers_at_work: owners.filter(({ until }) => !isOver(until, Date.now())).length,
    files_to_index: await countFilesToIndex(db),
  }
}
