import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder that somebody has named, and those above it, for its owner alone. One by one: Node's own way never comes
 * back where a file system such as /proc makes no folders.
 */
export function makeFolders(folder: string): void {
  if (existsSync(folder)) return
  makeFolders(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // Another process was quicker.
    if ((error as { code?: string }).code !== 'EEXIST') throw error
  }
}
