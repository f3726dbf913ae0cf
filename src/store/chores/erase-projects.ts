import { nowSeconds } from '../../common/clock.ts'
import { changeAccess } from '../access-version.ts'
import type { Blobs } from '../blobs/blobs.ts'
import { eraseContainers } from '../containers.ts'
import type { Database, Transaction } from '../database.ts'
import { deleteOneFile } from '../files.ts'
import { removeRuns } from '../remove-runs.ts'
import { createSlice } from '../slices.ts'
import { endUpload, removeParts } from '../uploads.ts'
import { deleteVectorStore } from '../vector-stores.ts'

const slice = createSlice()

/** What a server of a version before this one has left of a project that it erased, because it does not know it. */
const leavings = `exists (select 1 from containers where containers.project = projects.id)
  or exists (select 1 from traces where traces.project = projects.id and traces.removed = 0)
  or exists (select 1 from limits where limits.owner = projects.id)`

/**
 * Erases a slice of what is in a project that was archived before `before` (Unix seconds): threads, responses, containers, traces,
 * files, vector stores, assistants, uploads, keys and what was kept to save work. Returns false when no such project is left. The project itself
 * stays, with what was used in it and its audit logs. What has further rows is only hidden here, and removed as when a
 * client deletes it.
 */
export async function eraseArchivedProjects(db: Database, blobs: Blobs, before: number): Promise<boolean> {
  const project = await db.get<{ id: string }>(
    `select id from projects where archived_at < ? and (erased_at is null or ${leavings}) order by archived_at limit 1`,
    before,
  )
  if (!project) return eraseTombstones(db)
  const { id } = project
  if (await deleteOneFile(db, blobs, { where: 'project = ?', value: id })) return true
  // Of uploads that have ended, whose rows can go only afterwards.
  if (await removeParts(db, blobs)) return true
  const { rows } = slice
  await db.write((tx) => slice.measure(() => eraseSlice(tx, id, rows)), 'committed')
  return true
}

/** What is removed later than its project leaves tombstones, which nobody can ask for any more. */
async function eraseTombstones(db: Database): Promise<boolean> {
  const ofErased = 'project in (select id from projects where erased_at is not null)'
  if (!(await db.get(`select 1 as found from tombstones where ${ofErased} limit 1`))) return false
  const { rows } = slice
  const erase = (tx: Transaction) =>
    tx.run(
      `delete from tombstones where id in (select id from tombstones where ${ofErased} limit ? + 0)`,
      rows,
    )
  await db.write((tx) => slice.measure(() => erase(tx)), 'committed')
  return true
}

/** Erases up to about `rows` rows. When nothing is left, notes that. */
async function eraseSlice(tx: Transaction, project: string, rows: number): Promise<void> {
  for (const step of [
    eraseContainers,
    hideThreads,
    hideTraces,
    removeResponses,
    hideStore,
    endUploads,
    deleteLimits,
    ...plainTables.map(deleteRows),
  ])
    if ((await step(tx, project, rows)) > 0) return
  await changeAccess(tx)
  await tx.run('update projects set erased_at = ? where id = ?', nowSeconds(), project)
}

type Step = (tx: Transaction, project: string, rows: number) => Promise<number>

const hideThreads: Step = (tx, project, rows) =>
  tx.run(
    `update threads set removed = 1
     where seq in (select seq from threads where project = ? and removed = 0 order by seq limit ? + 0)`,
    project,
    rows,
  )

const hideTraces: Step = (tx, project, rows) =>
  tx.run(
    `update traces set removed = 1
     where seq in (select seq from traces where project = ? and removed = 0 order by seq limit ? + 0)`,
    project,
    rows,
  )

/** Their runs belong to no thread. */
const removeResponses: Step = (tx, project, rows) =>
  removeRuns(tx, rows, {
    where: "project = ? and api = 'responses' and finished_at is not null",
    value: project,
    order: 'seq',
  })

const hideStore: Step = async (tx, project) => {
  const store = await tx.get<{ id: string }>(
    'select id from vector_stores where project = ? and removed = 0 order by seq limit 1',
    project,
  )
  return store && (await deleteVectorStore(tx, project, store.id)) ? 1 : 0
}

const endUploads: Step = async (tx, project, rows) => {
  const pending = await tx.all<{ id: string }>(
    "select id from uploads where project = ? and status = 'pending' limit ? + 0",
    project,
    rows,
  )
  for (const upload of pending) await endUpload(tx, upload, 'cancelled')
  if (pending.length > 0) return pending.length
  return tx.run(
    `delete from uploads where seq in (select seq from uploads where project = ?
     and not exists (select 1 from upload_parts where upload_id = uploads.id) limit ? + 0)`,
    project,
    rows,
  )
}

/** Those of the project and of its keys, which are still there. */
const deleteLimits: Step = (tx, project) =>
  tx.run(
    'delete from limits where owner = ? or owner in (select id from api_keys where project = ?)',
    project,
    project,
  )

/** Tables whose rows of a project nothing else needs, and what numbers their rows. */
const plainTables = [
  { table: 'assistants', key: 'seq' },
  { table: 'extractions', key: 'sha256' },
  { table: 'embeddings', key: 'text_sha256' },
  { table: 'webhook_endpoints', key: 'seq' },
  { table: 'budgets', key: 'seq' },
  { table: 'api_keys', key: 'seq' },
  { table: 'service_accounts', key: 'seq' },
] as const

const deleteRows =
  ({ table, key }: (typeof plainTables)[number]): Step =>
  (tx, project, rows) =>
    tx.run(
      `delete from ${table} where project = ? and ${key} in (select ${key} from ${table} where project = ? limit ? + 0)`,
      project,
      project,
      rows,
    )
