import type { Reader, Transaction } from './database.ts'
import { hasRunCode } from './run-steps.ts'
import { setSessionServer } from './threads.ts'

/** Notes that this server has the Python session of the sandbox now, which is new. */
export async function noteSession(
  tx: Transaction,
  project: string,
  sandbox: string,
  server: string,
): Promise<void> {
  await setSessionServer(tx, project, sandbox, server)
  await tx.run(
    'update containers set session_server = ?, sessions = sessions + 1 where sandbox = ? and project = ?',
    server,
    sandbox,
    project,
  )
}

/** Whether a program has run in the sandbox in an earlier session. */
export async function hadSession(db: Reader, sandbox: string): Promise<boolean> {
  const used = await db.get('select 1 from containers where sandbox = ? and sessions > 0 limit 1', sandbox)
  return used !== undefined || hasRunCode(db, sandbox)
}
