import { closeSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { CannotStart } from '../errors/errors.ts'

/**
 * A file to append lines to, of which only its owner can read. SIGUSR2 opens it again: a program that rotates logs moves the
 * file and then sends that. A line that cannot be written goes to standard error, so that a full disk silences nobody.
 */
export function openLogFile(path: string): { write(line: string): void } & Disposable {
  const open = () => openSync(path, 'a', 0o600)
  let file: number
  try {
    file = open()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new CannotStart(
      `THREADMILL_LOG_FILE: ${path} cannot be opened (${code}): ${advice(dirname(path))[code ?? ''] ?? message}`,
    )
  }
  function reopen(): void {
    try {
      const next = open()
      closeSync(file)
      file = next
    } catch (error) {
      process.stderr.write(`the log cannot be opened again: ${(error as Error).message}\n`)
    }
  }
  process.on('SIGUSR2', reopen)
  return {
    write(line) {
      try {
        writeSync(file, line)
      } catch {
        process.stderr.write(line)
      }
    },
    [Symbol.dispose]() {
      process.off('SIGUSR2', reopen)
      closeSync(file)
    },
  }
}

/** What to do when the system does not open a file, by the code of its error. */
const advice = (folder: string): Record<string, string> => ({
  ENOENT: `make its folder ${folder}, or name another file`,
  EISDIR: 'it is a folder; name a file',
  EACCES: 'let the user that runs this write it, and enter its folder (chown, chmod)',
  EROFS:
    'the file system can only be read; for a service of systemd LogsDirectory= makes a folder in /var/log',
})
