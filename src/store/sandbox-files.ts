import type { FilePurpose } from '../contract/files.ts'
import type { FileSource, PlacedFile } from '../contract/responses/containers.ts'
import { nowSeconds } from '../common/clock.ts'
import type { Reader, Transaction } from './database.ts'
import { inList } from './in-list.ts'
import { getSandboxFile, insertFile, type NewFile } from './files.ts'
import { readPage, type Page, type PageQuery } from './page.ts'

// The column `thread_id` has the id of the sandbox, which is not that of a thread where the sandbox is that of containers.

/** A file in /mnt/data of a sandbox: its full path there, and the File that contains it. */
export interface SandboxPath {
  path: string
  file_id: string
  purpose: FilePurpose
  /** `user` when it was put there, and `assistant` when a program has left it there. */
  source: FileSource
}

/** The files whose File still exists. */
export const sandboxFiles = (db: Reader, sandbox: string) =>
  db.all<SandboxPath>(
    `select path, file_id, purpose, source
     from sandbox_files join files on files.id = file_id and files.removed = 0
     where thread_id = ? and (files.expires_at is null or files.expires_at > ?) order by path`,
    sandbox,
    nowSeconds(),
  )

/** A page of the files that are in the sandbox now. A file whose place another one has taken is found by its id only. */
export async function listSandboxFiles(
  db: Reader,
  { project, sandbox }: { project: string; sandbox: string },
  query: PageQuery,
): Promise<Page<PlacedFile>> {
  const within = { sql: 'project = ? and sandbox = ?', values: [project, sandbox] }
  const where = {
    sql: `${within.sql} and (expires_at is null or expires_at > ?)`,
    values: [...within.values, nowSeconds()],
  }
  const deletedFrom = { project, list: 'files' }
  const page = await readPage<PlacedRow>(db, placedFiles, where, query, { ...within, deletedFrom })
  return { ...page, data: page.data.map(placed) }
}

/** A file that was ever made in the sandbox, or that is there now. */
export async function getPlacedFile(
  db: Reader,
  { project, sandbox }: { project: string; sandbox: string },
  id: string,
): Promise<PlacedFile | undefined> {
  const now = await db.get<PlacedRow>(
    `select * from ${placedFiles} where sandbox = ? and id = ? and project = ? and (expires_at is null or expires_at > ?)`,
    sandbox,
    id,
    project,
    nowSeconds(),
  )
  if (now) return placed(now)
  const made = await db.get<{ source: FileSource }>(
    'select source from sandbox_outputs where thread_id = ? and file_id = ?',
    sandbox,
    id,
  )
  const file = made && (await getSandboxFile(db, project, id))
  return file && { ...file, path: file.body.filename, source: made.source }
}

const placedFiles = `(select files.*, thread_id as sandbox, path, source
  from sandbox_files join files on files.id = file_id and files.removed = 0) as placed_files`

type PlacedRow = Omit<PlacedFile, 'body' | 'content_id'> & {
  body: string
  content_id: string | null
  sandbox: string
}

const placed = ({ sandbox: _sandbox, body, content_id, ...row }: PlacedRow): PlacedFile => ({
  ...row,
  content_id: content_id ?? undefined,
  body: JSON.parse(body),
})

/** Takes a file out of the sandbox. Returns false where a copy of the sandbox has it too, so that it has to stay. */
export async function removeSandboxFile(tx: Transaction, sandbox: string, fileId: string): Promise<boolean> {
  await tx.lock('files', fileId)
  await tx.run('delete from sandbox_files where thread_id = ? and file_id = ?', sandbox, fileId)
  await tx.run('delete from sandbox_outputs where thread_id = ? and file_id = ?', sandbox, fileId)
  await expireUnused(tx, [fileId])
  return (await tx.get('select 1 from sandbox_outputs where file_id = ? limit 1', fileId)) === undefined
}

/** Files that are found only through a sandbox expire with the last one that has them. They must be locked. */
const expireUnused = async (tx: Transaction, fileIds: readonly string[]): Promise<void> => {
  const { marks, values } = inList(fileIds)
  await tx.run(
    `update files set expires_at = 0 where purpose = 'container' and id in (${marks})
     and not exists (select 1 from sandbox_outputs where file_id = files.id)`,
    ...values,
  )
}

/** Gives a copy those files of a sandbox that were there at `until` (Unix seconds). They are shared. */
export function copySandboxFiles(tx: Transaction, from: string, to: string, until: number): void {
  const there = 'thread_id = ? and files.removed = 0 and files.created_at <= ?'
  const fields = { sandbox_files: 'path, file_id, source', sandbox_outputs: 'file_id, source' }
  for (const [table, copied] of Object.entries(fields))
    tx.send(
      `insert into ${table} (thread_id, ${copied})
       select ?, ${copied} from ${table} join files on files.id = file_id where ${there}`,
      to,
      from,
      until,
    )
}

export const setSandboxFile = (
  tx: Transaction,
  sandbox: string,
  { path, file_id, source }: Omit<SandboxPath, 'purpose'>,
) =>
  tx.run(
    `insert into sandbox_files (thread_id, path, file_id, source) values (?, ?, ?, ?)
     on conflict (thread_id, path) do update set file_id = excluded.file_id, source = excluded.source`,
    sandbox,
    path,
    file_id,
    source,
  )

/** Adds a File that was made in the sandbox. Without a path no program finds it there. */
export async function insertSandboxFile(
  tx: Transaction,
  sandbox: string,
  file: NewFile,
  { path, source }: { path: string | undefined; source: FileSource },
): Promise<void> {
  await insertFile(tx, file)
  await tx.run(
    'insert into sandbox_outputs (thread_id, file_id, source) values (?, ?, ?)',
    sandbox,
    file.id,
    source,
  )
  if (path !== undefined) await setSandboxFile(tx, sandbox, { path, file_id: file.id, source })
}

/** The size in bytes of all Files that programs have left in the sandbox and that still exist. */
export async function bytesOfSandbox(db: Reader, sandbox: string): Promise<number> {
  const found = await db.get<{ bytes: number | null }>(
    `select sum(bytes) as bytes from sandbox_outputs join files on files.id = file_id and files.removed = 0
     where thread_id = ? and source = 'assistant'`,
    sandbox,
  )
  return found?.bytes ?? 0
}

/**
 * Removes up to `rows` Files from a sandbox that is over, and returns how many there were. Those that are found only through
 * this sandbox count as expired from now on, so that they are deleted with their contents.
 */
export async function emptySandbox(tx: Transaction, sandbox: string, rows: number): Promise<number> {
  const made = await tx.all<{ file_id: string }>(
    'select file_id from sandbox_outputs where thread_id = ? order by file_id limit ? + 0',
    sandbox,
    rows,
  )
  const ids = made.map(({ file_id }) => file_id)
  if (ids.length > 0) {
    await tx.lock('files', ...ids)
    const { marks, values } = inList(ids)
    await tx.run(
      `delete from sandbox_outputs where thread_id = ? and file_id in (${marks})`,
      sandbox,
      ...values,
    )
    await expireUnused(tx, ids)
  }
  return (
    made.length +
    (await tx.run(
      `delete from sandbox_files where thread_id = ? and path in
       (select path from sandbox_files where thread_id = ? order by path limit ? + 0)`,
      sandbox,
      sandbox,
      rows,
    ))
  )
}
