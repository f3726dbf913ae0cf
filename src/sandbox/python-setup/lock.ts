import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { once } from 'node:events'
import { SetupFailure } from './setup-failure.ts'

/**
 * Waits until no other process holds the lock of this file, then holds it until it is disposed of. The kernel of the
 * system frees it when the holder dies. Node has no call for this, so a Python process holds it and exits when its
 * stdin ends. Throws SetupFailure.
 */
export async function acquireFileLock(python: string, path: string): Promise<AsyncDisposable> {
  const child = spawn(python, ['-I', '-c', program, path], { cwd: '/', stdio: ['pipe', 'pipe', 'ignore'] })
  const ended = once(child, 'close').catch(() => {})
  child.stdin.on('error', () => {})
  for await (const line of createInterface({ input: child.stdout })) {
    if (line !== 'locked') continue
    return {
      async [Symbol.asyncDispose]() {
        child.stdin.end()
        await ended
      },
    }
  }
  throw new SetupFailure(`${path} cannot be locked`)
}

const program = `
import fcntl, sys
file = open(sys.argv[1], 'a')
fcntl.flock(file, fcntl.LOCK_EX)
print('locked', flush=True)
sys.stdin.read()
`
