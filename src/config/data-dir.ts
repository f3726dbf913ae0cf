import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeClosed } from '../common/closed-place.ts'
import { makeFolders } from '../common/make-folders.ts'

/** Makes the folder. Returns the problem in words when it cannot be written. */
export function prepareDataDir(folder: string): string | undefined {
  try {
    makeFolders(folder)
    const probe = join(folder, `.probe-${randomBytes(6).toString('hex')}`)
    writeFileSync(probe, '')
    rmSync(probe)
    return undefined
  } catch (error) {
    return describeClosed(error, folder) ?? `${folder} cannot be written (${(error as Error).message})`
  }
}
