import type { Reader, Transaction } from './database.ts'

/** A file that model-written code left in the thread's /mnt/data: its full path there and the File that holds it. */
export interface ThreadFile {
  path: string
  file_id: string
}

/** Those whose File is still there. */
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
