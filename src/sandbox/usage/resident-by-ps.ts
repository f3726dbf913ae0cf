import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/**
 * Resident bytes of one process as `ps` tells them, for systems without /proc; 0 when it has ended. Of one process: the
 * launcher of macOS lets it start no other.
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
