import type { Reader, Transaction } from './database.ts'

/**
 * A file that model-written code left in the thread's /mnt/data: its full path there, and the File that contains it.
 */
export interface ThreadFile {
  path: string
  file_id: string
}

/** The files whose File still exists. */
export const threadFiles = (db: Reader, threadId: string) =>
  db.all<ThreadFile>(
    `select path, file_id from sandbox_files join files on files.id = file_id and files.removed = 0
     where thread_id = ? order by path`,
    threadId,
  )

export const setThreadFile = (tx: Transaction, threadId: string, { path, file_id }: ThreadFile) =>
  tx.run(
    `insert into sandbox_files (thread_id, path, file_id) values (?, ?, ?)
     on conflict (thread_id, path) do update set file_id = excluded.file_id`,
    threadId,
    path,
    file_id,
  )

/** Records a File that a program of the thread has made, at a path or as a picture. */
export const insertThreadOutput = (tx: Transaction, threadId: string, fileId: string) =>
  tx.run('insert into sandbox_outputs (thread_id, file_id) values (?, ?)', threadId, fileId)

/** The size in bytes of all such Files of the thread that still exist. */
export async function bytesOfThread(db: Reader, threadId: string): Promise<number> {
  const found = await db.get<{ bytes: number | null }>(
    `select sum(files.bytes) as bytes
     from sandbox_outputs join files on files.id = file_id and files.removed = 0 where thread_id = ?`,
    threadId,
  )
  return found?.bytes ?? 0
}
