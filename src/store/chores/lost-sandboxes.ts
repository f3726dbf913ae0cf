import type { Database } from '../database.ts'

/** In milliseconds. */
const everyMs = 3_600_000

/** Containers of a thread that is gone, with their sandbox. */
const lostContainers = `sandbox like 'thread%'
  and not exists (select 1 from threads where threads.id = containers.sandbox)`
/** Of a row that names a sandbox in `thread_id`: there is neither a thread nor a container that has it. */
export const isLostSandbox = `not exists (select 1 from threads where threads.id = thread_id)
  and not exists (select 1 from containers where containers.sandbox = thread_id)`
/** Of a file that can be found only through a sandbox: it is in none. */
export const isLostFile = `purpose = 'container' and removed = 0 and expires_at is null
  and id not in (select file_id from sandbox_outputs)`
/** Of a row that names a File: that has gone. There is no index by which it could be found when the File goes. */
const isOfGoneFile = 'not exists (select 1 from files where files.id = file_id)'

/**
 * Removes places of Files that have gone, and what is left of sandboxes whose thread was removed by a server of a version that knows no
 * containers. The first call does it at once.
 */
export function createLostSandboxSearch(db: Database): () => Promise<false> {
  let due = -Infinity
  return async () => {
    if (performance.now() < due) return false
    due = performance.now() + everyMs
    const found = await db.get(
      `select 1 where exists (select 1 from containers where ${lostContainers})
       or exists (select 1 from files where ${isLostFile})
       or exists (select 1 from sandbox_outputs where ${isLostSandbox})
       or exists (select 1 from sandbox_files where (${isLostSandbox}) or ${isOfGoneFile})`,
    )
    if (found) await removeLostSandboxes(db)
    return false
  }
}

/** The files that were only there count as expired from now on, so that they are deleted with their contents. */
export const removeLostSandboxes = (db: Database): Promise<void> =>
  db.write(async (tx) => {
    await tx.run(`delete from containers where ${lostContainers}`)
    await tx.run(`delete from sandbox_outputs where ${isLostSandbox}`)
    await tx.run(`delete from sandbox_files where (${isLostSandbox}) or ${isOfGoneFile}`)
    await tx.run(`update files set expires_at = 0 where ${isLostFile}`)
  }, 'committed')
