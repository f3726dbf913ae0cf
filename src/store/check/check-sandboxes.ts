import { count } from '../../common/count.ts'
import { isLostFile, isLostSandbox, removeLostSandboxes } from '../chores/lost-sandboxes.ts'
import type { CheckParts } from './open-check.ts'
import type { Checked, Problem } from './problem.ts'

/** Looks for files of programs that can be found through no thread and no container. Nobody can read them any more. */
export async function checkSandboxes({ snapshot, db }: CheckParts): Promise<Checked> {
  const sandboxes = await snapshot.query(
    `select thread_id from sandbox_outputs where ${isLostSandbox}
     union select thread_id from sandbox_files where ${isLostSandbox} order by 1`,
  )
  const files = await snapshot.query(`select id from files where ${isLostFile} order by id`)
  const [[seen] = []] = await snapshot.query(
    'select count(*) from (select thread_id from sandbox_outputs union select thread_id from sandbox_files) as sandboxes',
  )
  const mend = async () => {
    await removeLostSandboxes(db)
    return 'it expires, and is deleted by the server with its content'
  }
  const advice = 'delete it from the tables by hand'
  const problems: Problem[] = [
    ...sandboxes.map(([id]) => ({
      id: String(id),
      problem: 'has files of programs, and is no thread and no container',
    })),
    ...files.map(([id]) => ({ id: String(id), problem: 'is a file of a container, and is in none' })),
  ].map((one) => ({ ...one, mend, advice }))
  return {
    what: 'Containers',
    seen: `files of programs in ${count(Number(seen), 'sandbox folder')}`,
    problems,
  }
}
