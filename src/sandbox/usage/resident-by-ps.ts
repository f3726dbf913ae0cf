import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/**
 * The resident bytes of one process as `ps` prints them, for systems without /proc. 0 when it has ended. One process is
 * enough, because the launcher of macOS does not let it start others.
 */
export async function residentByPs(pid: number, ps = '/bin/ps'): Promise<number> {
  try {
    const { stdout } = await promisify(execFile)(ps, ['-o', 'rss=', '-p', String(pid)], {
      env: {},
      timeout: 5000,
    })
    return 1024 * (Number.parseInt(stdout.trim(), 10) || 0)
  } catch {
    return 0
  }
}
