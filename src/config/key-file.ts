import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describeClosed } from '../common/closed-place.ts'
import { ConfigError } from '../errors/errors.ts'
import { newApiKey } from '../common/ids.ts'

/**
 * Reads the key, or makes it at the first start. Only its owner can read the file. The file is never half written, even
 * when the process dies or another one starts at the same time.
 */
export function keyInFile(path: string): string {
  if (!existsSync(path)) {
    const draft = `${path}.${randomBytes(6).toString('hex')}`
    writeFileSync(draft, `${newApiKey()}\n`, { mode: 0o600, flush: true })
    try {
      linkSync(draft, path)
    } catch (error) {
      // Another process was faster. Its key is used.
      if ((error as { code?: string }).code !== 'EEXIST') throw error
    } finally {
      rmSync(draft)
    }
  }
  return keyThere(path)
}

/** Throws a ConfigError when there is a key that cannot be read. */
export function keyThere(path: string): string {
  try {
    return existsSync(path) ? readFileSync(path, 'utf8').trim() : ''
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const problem =
      describeClosed(error, dirname(path)) ??
      `${path} cannot be read (${code}): let the user that runs this read it (chown, chmod)`
    throw new ConfigError([`${problem}, or set THREADMILL_API_KEY`])
  }
}
