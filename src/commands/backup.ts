import { resolve } from 'node:path'
import manifest from '../../package.json' with { type: 'json' }
import { backUp, restore } from '../store/backup.ts'
import { progressBar } from './progress-bar.ts'

/** `threadmill backup DIR`. The answer is the exit code: 1 where contents were missing in the data folder itself. */
export async function makeBackup(dataDir: string, folder: string, out: NodeJS.WriteStream): Promise<number> {
  const target = resolve(folder)
  const { files, bytes, missing } = await backUp(dataDir, target, {
    version: manifest.version,
    onProgress: progressBar(out, 'copied'),
  })
  out.write(
    `The backup is in ${target}: the database, ${files} files of ${megabytes(bytes)} MB, and the key.\n`,
  )
  if (missing.length === 0) return 0
  out.write(
    `${missing.length} files have no content in ${dataDir}, and are not in the backup: ${missing.join(', ')}\n`,
  )
  return 1
}

/** `threadmill restore DIR`. The answer is the exit code. */
export async function restoreBackup(
  folder: string,
  dataDir: string,
  out: NodeJS.WriteStream,
): Promise<number> {
  const { made_at, files } = await restore(resolve(folder), dataDir, progressBar(out, 'copied'))
  out.write(
    `The backup of ${made_at} is in ${dataDir} again, with ${files} files. Start the server as before.\n`,
  )
  return 0
}

const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1)
