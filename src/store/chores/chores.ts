import { nowSeconds } from '../../common/clock.ts'
import type { BlobStore } from '../blobs/blobs.ts'
import { removeOldContainers } from '../containers.ts'
import type { Database } from '../database.ts'
import { deleteOldAuditLogs } from '../audit-logs.ts'
import { clearBudgets } from '../usage/budget-holds.ts'
import { eraseArchivedProjects } from './erase-projects.ts'
import { deleteExpiredFiles, deleteOldFiles, removeDeletedFiles } from '../files.ts'
import { giveBackSpace } from '../sqlite/free-space.ts'
import { createLostSandboxSearch } from './lost-sandboxes.ts'
import { createOrphanSearch } from './orphans.ts'
import { removeOldRuns, removeUnstoredRuns } from '../remove-runs.ts'
import { deleteOldTraces, removeDeletedTraces } from './remove-traces.ts'
import { deleteIdleThreads, removeDeletedThreads } from './remove-threads.ts'
import { deleteFullBuckets } from '../usage/rate-buckets.ts'
import type { Retention } from './retention.ts'
import { dropDeltas, dropLogs } from './drop-logs.ts'
import { sumUsage } from '../usage/usage.ts'
import { createStoreNotes } from '../usage/usage-counts.ts'
import { expireUploads, removeParts } from '../uploads.ts'
import { removeDetachedFiles } from '../vector-store-files.ts'
import { removeFailedWebhooks } from '../webhook-deliveries.ts'
import { removeDeletedStores } from '../vector-stores.ts'

/** How long the deltas of a finished run can still be replayed, in seconds. */
const deltaRetentionSeconds = 3_600
/** How long what a turn has used has an entry of its own, in seconds. Whoever asks for a sum reads all entries. */
const usageEntrySeconds = 60
/** How long a run that is not to be stored can still be read by whoever reads it, in seconds. */
const unstoredSeconds = 600
const daySeconds = 86_400
/** How long a webhook that was given up is still counted. */
const failedWebhookDays = 30

/**
 * Expires files and uploads, shortens old logs, deletes what was kept long enough, and removes deleted rows slice by
 * slice. The order matters, because a later step removes what an earlier one has deleted.
 */
export function storeChores(
  db: Database,
  blobs: BlobStore,
  {
    runDays,
    runLogDays,
    idleThreadDays,
    fileDays,
    archivedProjectDays,
    auditLogDays,
    traceDays,
    containerDays,
  }: Retention,
): (() => Promise<boolean>)[] {
  const after = (days: number | undefined, remove: (before: number) => Promise<boolean>) =>
    days === undefined ? [] : [() => remove(nowSeconds() - days * daySeconds)]
  return [
    () => deleteExpiredFiles(db, blobs, nowSeconds()),
    () => expireUploads(db, nowSeconds()),
    ...after(archivedProjectDays, (before) => eraseArchivedProjects(db, blobs, before)),
    ...after(fileDays, (before) => deleteOldFiles(db, blobs, before)),
    ...after(idleThreadDays, (before) => deleteIdleThreads(db, before)),
    ...after(runDays, (before) => removeOldRuns(db, before)),
    ...after(runLogDays, (before) => dropLogs(db, before)),
    ...after(containerDays, (before) => removeOldContainers(db, before)),
    ...after(auditLogDays, (before) => deleteOldAuditLogs(db, before)),
    ...after(traceDays, (before) => deleteOldTraces(db, before)),
    () => removeUnstoredRuns(db, nowSeconds() - unstoredSeconds),
    () => sumUsage(db, nowSeconds() - usageEntrySeconds),
    createStoreNotes(db),
    () => clearBudgets(db),
    () => dropDeltas(db, nowSeconds() - deltaRetentionSeconds),
    () => removeParts(db, blobs),
    () => deleteFullBuckets(db),
    () => removeDeletedFiles(db),
    () => removeDetachedFiles(db),
    () => removeDeletedStores(db),
    () => removeDeletedThreads(db),
    () => removeDeletedTraces(db),
    ...after(failedWebhookDays, (before) => removeFailedWebhooks(db, before)),
    ...(db.kind === 'sqlite' ? [() => giveBackSpace(db)] : []),
    createLostSandboxSearch(db),
    createOrphanSearch(db, blobs),
  ]
}
