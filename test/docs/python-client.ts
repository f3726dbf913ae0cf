import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Session } from './session.ts'

const run = promisify(execFile)

/**
 * An environment of Python's own for this reader, whose `pip`, `python` and `python3` come before the machine's. The
 * answer is why there is none, in words.
 */
export async function installPythonClient({ folder }: Session): Promise<string | undefined> {
  const venv = join(folder, 'venv')
  if (existsSync(join(venv, 'bin/pip'))) return undefined
  try {
    await run('python3', ['-m', 'venv', venv])
  } catch (error) {
    return `no Python environment can be made here: ${String((error as Error).message).split('\n')[0]}`
  }
  return undefined
}
