import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder and the missing ones above it, for their owner alone. They are made one by one, because the recursive
 * `mkdirSync` of Node never returns on a file system that makes no folders, such as /proc.
 */
export function makeFolders(folder: string): void {
  if (existsSync(folder)) return
  makeFolders(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // Another process was faster.
    if ((error as { code?: string }).code !== 'EEXIST') throw error
  }
}
