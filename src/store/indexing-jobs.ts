import {
  waitingAfter,
  type FileError,
  type FileStage,
  type VectorStoreFileRecord,
} from '../contract/vector-store-files.ts'
import type { Queue } from '../common/turns.ts'
import type { Reader, Transaction } from './database.ts'
import type { Lease, MayTake } from './leases.ts'
import { record, type VectorStoreFileRow } from './vector-store-files.ts'

/** A file of a store that a worker holds. */
export interface IndexingJob extends VectorStoreFileRecord {
  filename: string
  sha256: string
  /** The id of its content. */
  content: string
  /** True when a run is known to wait for it. */
  awaited: boolean
}

/** The longest pause before a file is tried again, in milliseconds. */
export const maxRetryDelayMs = 300_000

/** A time further in the future was written by a clock that was set back since. */
const due = '(retry_at is null or retry_at <= ? or retry_at > ?)'
/** The values of `due`. Clocks of servers may be minutes apart, and one sets the time that another one reads. */
async function timesOf(tx: Transaction): Promise<[number, number]> {
  const now = await tx.now()
  return [now, now + maxRetryDelayMs]
}

const free = `status = 'in_progress' and lease_owner is null
  and exists (select 1 from files where files.id = vector_store_files.id and removed = 0)
  and exists (select 1 from vector_stores where vector_stores.id = vector_store_id and removed = 0)`

const unheld = "select 1 from vector_store_files where status = 'in_progress' and lease_owner is null"

/**
 * Whether any file in progress has no worker, even when it is not due yet. Each half of the question uses an index that
 * contains only such files.
 */
export const anyFileWaits = async (db: Reader): Promise<boolean> =>
  (await db.get(`select 1 where exists (${unheld} and losses = 0) or exists (${unheld} and losses > 0)`)) !==
  undefined

/** How many of a store's first files are examined to find one that fits. */
const lookAhead = 8

/**
 * Files that wait to be indexed, by their store, small ones first. With `awaited`, only those that a run waits for.
 * `fits` says whether a file of this size can be started now.
 */
export function waitingFiles(
  tx: Transaction,
  lease: Lease,
  { awaited, fits }: { awaited: boolean; fits: (file: FileSize) => boolean },
): Omit<Queue<IndexingJob>, 'take'> & { take(lane: string): Promise<IndexingJob | undefined> } {
  const waiting = `${free} and losses = 0 and ${due} ${awaited ? 'and awaited = 1' : ''}`
  let asked: Promise<[number, number]> | undefined
  const askTimes = () => (asked ??= timesOf(tx))
  return {
    async laneAfter(lane) {
      const times = await askTimes()
      const next = await tx.get<{ store: string | null }>(
        `select coalesce(
           (select vector_store_id from vector_store_files
             where ${waiting} and vector_store_id > ? order by vector_store_id limit 1),
           (select vector_store_id from vector_store_files
             where ${waiting} order by vector_store_id limit 1)) as store`,
        ...times,
        lane,
        ...times,
      )
      return next?.store ?? undefined
    },
    async take(lane) {
      const times = await askTimes()
      const first = await tx.all<FileSize>(
        `select seq, bytes from vector_store_files where ${waiting} and vector_store_id = ?
         order by seq + bytes / 4096 limit ${lookAhead}`,
        ...times,
        lane,
      )
      return claimFirst(tx, first.filter(fits), lease)
    },
  }
}

export interface FileSize {
  seq: number
  bytes: number
}

/** Claims a file that was lost with its server, the one with the least blame first, among those that fit. */
export async function takeLostFile(
  tx: Transaction,
  lease: Lease,
  { mayHave, notBlamed, fits }: MayTake & { fits: (file: FileSize) => boolean },
): Promise<IndexingJob | undefined> {
  const lost = await tx.all<FileSize & { store: string }>(
    `select seq, bytes, vector_store_id as store from vector_store_files
     where ${free} and losses > 0 and blamed <> ? and ${due} order by blamed, seq`,
    notBlamed,
    ...(await timesOf(tx)),
  )
  const may = lost.filter((file) => mayHave(file.store) && fits(file))
  const taken = await claimFirst(tx, may, lease)
  if (taken) await tx.run('update vector_store_files set on_trial = 1 where seq = ?', taken.seq)
  return taken
}

/** The first of these files that no other server is claiming. */
async function claimFirst(
  tx: Transaction,
  files: FileSize[],
  lease: Lease,
): Promise<IndexingJob | undefined> {
  for (const { seq } of files) {
    const free = await tx.claim(
      "select 1 from vector_store_files where seq = ? and status = 'in_progress' and lease_owner is null",
      seq,
    )
    if (free) return claimFile(tx, seq, lease)
  }
  return undefined
}

async function claimFile(tx: Transaction, seq: number, lease: Lease): Promise<IndexingJob | undefined> {
  const claimed = await tx.run(
    `update vector_store_files set attempt = attempt + 1, lease_owner = ?, lease_until = ?, retry_at = null
     where seq = ?`,
    lease.owner,
    lease.until,
    seq,
  )
  if (claimed === 0) return undefined
  const row = await tx.get<
    VectorStoreFileRow & Pick<IndexingJob, 'filename' | 'sha256' | 'content'> & { awaited: number }
  >(
    `select job.*, files.filename as filename, files.sha256 as sha256,
       coalesce(files.content_id, files.id) as content
     from vector_store_files as job join files on files.id = job.id where job.seq = ?`,
    seq,
  )
  if (!row) return undefined
  const job = { ...row, ...record(row), awaited: row.awaited > 0 }
  await forgetStage(tx, job)
  return job
}

/** What a lost worker was doing is not what the next one does. Why the last try ended stays true. */
async function forgetStage(tx: Transaction, job: IndexingJob): Promise<void> {
  if (job.progress === null || job.progress.stage === 'waiting') return
  job.progress = waitingAfter(job.progress.reason)
  await noteStage(tx, job, job.progress)
}

/**
 * Renews the leases of these files, and reads which ones a run waits for by now. Returns the `seq` of those that are
 * still held.
 */
export async function renewFileLeases(
  tx: Transaction,
  { owner, until }: Lease,
  jobs: (Held & { awaited: boolean })[],
): Promise<number[]> {
  const held: number[] = []
  for (const job of jobs) {
    const { seq, attempt } = job
    const renewed = await tx.get<{ awaited: number }>(
      `update vector_store_files set lease_until = ? where seq = ? and lease_owner = ? and attempt = ?
       returning awaited`,
      until,
      seq,
      owner,
      attempt,
    )
    if (!renewed) continue
    held.push(seq)
    job.awaited = renewed.awaited > 0
  }
  return held
}

type Held = Pick<IndexingJob, 'seq' | 'attempt'>

const fence = "where seq = ? and attempt = ? and status = 'in_progress'"

/** Changes no row when the work no longer counts. Then nothing of it may be stored. */
export const completeFile = (tx: Transaction, job: Held, usageBytes: number, warnings: string[]) =>
  tx.run(
    `update vector_store_files set status = 'completed', usage_bytes = ?, warnings = ?, last_error = null,
       lease_owner = null, lease_until = null, progress = null ${fence}`,
    usageBytes,
    JSON.stringify(warnings),
    job.seq,
    job.attempt,
  )

export const failFile = (tx: Transaction, job: Held, error: FileError) =>
  tx.run(
    `update vector_store_files set status = 'failed', usage_bytes = 0, last_error = ?, lease_owner = null,
       lease_until = null, progress = null ${fence}`,
    JSON.stringify(error),
    job.seq,
    job.attempt,
  )

/** Says what is being done with the file, for people who look at it. A note that comes too late changes nothing. */
export const noteStage = (tx: Transaction, job: Held, stage: FileStage) =>
  tx.run(
    `update vector_store_files set progress = ? ${fence} and lease_owner is not null`,
    JSON.stringify(stage),
    job.seq,
    job.attempt,
  )

/** Releases the file for a while, in milliseconds, and counts one more try. */
export const postponeFile = async (
  tx: Transaction,
  job: Held,
  { pauseMs, reason }: { pauseMs: number; reason: string },
) =>
  tx.run(
    `update vector_store_files set retry_at = ?, tries = tries + 1, lease_owner = null, lease_until = null,
       progress = ? ${fence}`,
    (await tx.now()) + pauseMs,
    JSON.stringify(waitingAfter(reason)),
    job.seq,
    job.attempt,
  )
