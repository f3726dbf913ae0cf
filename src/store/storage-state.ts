import { statfs } from 'node:fs/promises'
import type { BlobStore } from './blobs/blobs.ts'
import type { Database, Reader } from './database.ts'
import { hashOfPresence } from './postgres/presence.ts'
import { isOver, leaseOwners, type LeaseOwner } from './leases.ts'

/** What the health report says of the database and of the servers on it. */
export interface DatabaseState {
  kind: 'sqlite' | 'postgres'
  /** On disk, with indexes. Contents of files are elsewhere. */
  bytes: number
  /** Whether this server is the one that does the maintenance. */
  leads: boolean
  /** How many servers hold runs or files at this moment, this one included. */
  servers_at_work: number
  /** How many servers are connected, those without work included. Null with SQLite, where that is not known. */
  servers_connected: number | null
  /** This server, and the others that hold runs or files at this moment. */
  servers: ServerState[]
  /** Runs of all servers that have not ended, by status. */
  active_runs: Record<string, number>
  /** When the oldest run that waits for a worker was created, in Unix seconds. */
  oldest_queued_at: number | null
  /** Files of vector stores that are not indexed yet. */
  files_to_index: number
}

export interface ServerState {
  /** Its name in leases and in lines of the log. It has a new one after each start. */
  id: string
  /** Whether it is the server that was asked. */
  self: boolean
  /** When the oldest of what it holds was created, in Unix seconds. Null when it holds nothing. */
  since: number | null
  /** How many runs and how many files of vector stores it holds. */
  runs: number
  files: number
}

const sizes: Record<Database['kind'], string> = {
  sqlite: 'select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()',
  postgres: `select coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint as bytes from pg_class c
    join pg_namespace n on n.oid = c.relnamespace where n.nspname = current_schema() and c.relkind = 'r'`,
}

/** Each server holds a lock of the schema (`postgres/presence.ts`), which PostgreSQL lists with the halves of its number. */
const connected: Record<Database['kind'], string> = {
  sqlite: 'select null as servers',
  postgres: `select count(*) as servers from pg_locks, (select ${hashOfPresence('current_schema()')}::bigint as key) as lock
    where locktype = 'advisory' and granted and mode = 'ShareLock' and objsubid = 1
      and database = (select oid from pg_database where datname = current_database())
      and classid::bigint = (key >> 32) & 4294967295 and objid::bigint = key & 4294967295`,
}

/** In bytes: the disk of the data folder. */
export interface DiskState {
  free_bytes: number
  total_bytes: number
}

/** Where contents of files are. `place` is the bucket with its prefix, and null for the data folder. */
export interface FilesState {
  kind: 'folder' | 's3'
  place: string | null
}

interface Files {
  blobs: BlobStore
  dataDir: string
  /** Whether contents of files are in a bucket. */
  inBucket: boolean
}

/** Where this server keeps what it has besides its rows. What cannot be asked is null, so this never rejects. */
export async function stateOfFiles({ blobs, dataDir, inBucket }: Files): Promise<{
  disk: DiskState | null
  file_storage: FilesState
}> {
  const disk = await statfs(dataDir).catch(() => null)
  return {
    file_storage: inBucket ? { kind: 's3', place: blobs.place } : { kind: 'folder', place: null },
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

/** `self` is the id of this server. */
export async function stateOfDatabase(db: Database, self: string): Promise<DatabaseState> {
  // Each database keeps this in tables of its own, so it is no row of the schema.
  const size = await db.get(sizes[db.kind])
  const { bytes } = size as { bytes: number | string }
  const counted = await db.get(connected[db.kind])
  const { servers } = counted as { servers: number | string | null }
  const oldest = await db.get<{ at: number | null }>(
    `select min(created_at) as at from runs where status = 'queued'`,
  )
  const now = Date.now()
  const owners = (await leaseOwners(db)).filter(({ until }) => !isOver(until, now))
  return {
    kind: db.kind,
    bytes: Number(bytes),
    leads: db.leads(),
    servers_at_work: owners.length,
    servers_connected: servers === null ? null : Number(servers),
    servers: listServers(owners, self),
    active_runs: await countActiveRuns(db),
    oldest_queued_at: oldest?.at == null ? null : Number(oldest.at),
    files_to_index: await countFilesToIndex(db),
  }
}

/** This server first, since it is there also when it holds nothing. */
function listServers(owners: LeaseOwner[], self: string): ServerState[] {
  const servers = owners.map(({ owner, since, runs, files }) => ({
    id: owner,
    self: owner === self,
    since: Number(since),
    runs: Number(runs),
    files: Number(files),
  }))
  const own = servers.find((server) => server.self) ?? {
    id: self,
    self: true,
    since: null,
    runs: 0,
    files: 0,
  }
  return [own, ...servers.filter((server) => !server.self)]
}
