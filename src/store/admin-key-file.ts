import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where the admin key is that a server has made at its first start. */
export const adminKeyFile = (dataDir: string): string => join(dataDir, 'admin-api-key')

/** The key in that file. '' where there is none. */
export function adminKeyInFile(dataDir: string): string {
  const path = adminKeyFile(dataDir)
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : ''
}
