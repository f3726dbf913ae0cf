import { nowSeconds } from '../../common/clock.ts'
import type { LimitName } from '../../contract/project-limits.ts'
import type { UploadBody } from '../../contract/uploads.ts'
import type { Reader, Transaction } from '../database.ts'
import type { Limits } from './limits.ts'
import type { Condition } from '../page.ts'
import type { Asking } from './rates.ts'

/** What a project or a key stores, and what it may store at most. */
export interface StoredBytes {
  of: 'project' | 'key'
  bytes: number
  limit: number
}

/** Which rows of a table are those of a project or of a key. */
type OwnedBy = (table: 'files' | 'uploads' | 'vector_store_files') => Condition

type CountBytes = (db: Reader, owned: OwnedBy) => Promise<number>

/**
 * Waits until no other transaction adds bytes to the project, and counts them. Of the limits of the project and of the key it is the
 * one that has the least left. Undefined where there is none: then nothing is done.
 */
export const lockFileBytes = (
  tx: Transaction,
  limits: Limits,
  of: Asking,
): Promise<StoredBytes | undefined> =>
  lockBytes(tx, ofOwners(limits, of, 'max_file_bytes'), of.project, fileBytes)

/** The same without waiting: another request may add bytes meanwhile. */
export const storedFileBytes = (db: Reader, limits: Limits, of: Asking): Promise<StoredBytes | undefined> =>
  countBytes(db, ofOwners(limits, of, 'max_file_bytes'), fileBytes)

/** How many bytes more there is room for. */
export const roomIn = (stored: StoredBytes | undefined): number =>
  stored ? Math.max(0, stored.limit - stored.bytes) : Infinity

/**
 * The same as `lockFileBytes` for vector stores. With `waiting`, files that are not indexed yet count as large as they are; without
 * it only what is indexed counts.
 */
export const lockStoreBytes = (
  tx: Transaction,
  limits: Limits,
  of: Asking,
  { waiting }: { waiting: boolean },
): Promise<StoredBytes | undefined> =>
  lockBytes(tx, ofOwners(limits, of, 'max_vector_store_bytes'), of.project, (db, owned) =>
    storeBytes(db, owned, waiting),
  )

type Limited = Pick<StoredBytes, 'of' | 'limit'> & { owned: OwnedBy }

/** The limits that there are, with the rows that each is about. */
function ofOwners(limits: Limits, { project, apiKey }: Asking, name: LimitName): Limited[] {
  const owners = [
    { of: 'project' as const, id: project, sql: ofProject },
    { of: 'key' as const, id: apiKey, sql: ofKey },
  ]
  return owners.flatMap(({ of, id, sql }) => {
    const limit = id === '' ? undefined : limits.of(id, name)
    return limit === undefined ? [] : [{ of, limit, owned: (table) => ({ sql: sql[table], values: [id] }) }]
  })
}

const ofProject = {
  files: 'files.project = ?',
  uploads: 'uploads.project = ?',
  vector_store_files: 'vector_stores.project = ?',
}
const ofKey = {
  files: 'files.id in (select file_id from files_of_keys where api_key = ?)',
  uploads: 'uploads.id in (select upload_id from uploads_of_keys where api_key = ?)',
  vector_store_files:
    'vector_store_files.seq in (select file from vector_store_files_of_keys where api_key = ?)',
}

async function lockBytes(
  tx: Transaction,
  limited: Limited[],
  project: string,
  count: CountBytes,
): Promise<StoredBytes | undefined> {
  if (limited.length > 0) await tx.lock('projects', project)
  return countBytes(tx, limited, count)
}

async function countBytes(
  db: Reader,
  limited: Limited[],
  count: CountBytes,
): Promise<StoredBytes | undefined> {
  const stored: StoredBytes[] = []
  for (const { owned, ...one } of limited) stored.push({ ...one, bytes: await count(db, owned) })
  return stored.toSorted((one, other) => one.limit - one.bytes - (other.limit - other.bytes))[0]
}

/** Files, and uploads that are not finished: these count as what they were announced as, or as their parts where that is more. */
async function fileBytes(db: Reader, owned: OwnedBy): Promise<number> {
  const now = nowSeconds()
  const [ofFiles, ofUploads] = [owned('files'), owned('uploads')]
  const files = await db.get<{ bytes: number | null }>(
    `select sum(bytes) as bytes from files where ${ofFiles.sql} and removed = 0 and (expires_at is null or expires_at > ?)`,
    ...ofFiles.values,
    now,
  )
  const uploads = await db.all<{ body: string; bytes: number | null }>(
    `select body, (select sum(bytes) from upload_parts where upload_id = uploads.id) as bytes from uploads
     where ${ofUploads.sql} and status = 'pending' and expires_at > ?`,
    ...ofUploads.values,
    now,
  )
  return uploads.reduce(
    (sum, { body, bytes }) => sum + Math.max((JSON.parse(body) as UploadBody).bytes, Number(bytes ?? 0)),
    Number(files?.bytes ?? 0),
  )
}

async function storeBytes(db: Reader, owned: OwnedBy, waiting: boolean): Promise<number> {
  const { sql, values } = owned('vector_store_files')
  const found = await db.get<{ bytes: number | null }>(
    `select sum(case when status = 'in_progress' then vector_store_files.bytes else usage_bytes end) as bytes
     from vector_store_files join vector_stores on vector_stores.id = vector_store_id and vector_stores.removed = 0
     where ${sql} and status in ('completed', ?)`,
    ...values,
    waiting ? 'in_progress' : 'completed',
  )
  return Number(found?.bytes ?? 0)
}
