import type { Database } from './database.ts'

/** In milliseconds. */
const everyMs = 3_600_000

/** Containers of a thread that is gone, with their sandbox. */
const lostContainers = `sandbox like 'thread%'
  and not exists (select 1 from threads where threads.id = containers.sandbox)`
/** Files that can be found only through a sandbox, and are in none. */
const lostFiles = `purpose = 'container' and removed = 0 and expires_at is null
  and id not in (select file_id from sandbox_outputs)`

/**
 * Removes what is left of sandboxes whose thread was removed by a server of a version that knows no containers. A later version may do
 * without it, when no such server can be left. The first call does it at once.
 */
export function createLostSandboxSearch(db: Database): () => Promise<false> {
  let due = -Infinity
  return async () => {
    if (performance.now() < due) return false
    due = performance.now() + everyMs
    const found = await db.get(
      `select 1 where exists (select 1 from containers where ${lostContainers})
       or exists (select 1 from files where ${lostFiles})`,
    )
    if (found)
      await db.write(async (tx) => {
        await tx.run(`delete from containers where ${lostContainers}`)
        await tx.run(`update files set expires_at = 0 where ${lostFiles}`)
      }, 'committed')
    return false
  }
}
