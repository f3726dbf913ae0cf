import { closeSync, openSync, writeSync } from 'node:fs'
import { CannotStart } from './errors.ts'

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
    throw new CannotStart(`THREADMILL_LOG_FILE: ${path} cannot be opened (${(error as Error).message})`)
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
