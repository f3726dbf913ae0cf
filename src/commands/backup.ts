import manifest from '../../package.json' with { type: 'json' }
import { count } from '../count.ts'
import { backUp, restore } from '../store/backup.ts'
import { begin } from './begin.ts'
import type { CommandContext, Given } from './command.ts'
import { megabytes } from './output.ts'

/** `threadmill backup DIR`. The answer is 1 where contents were missing in the data folder itself. */
export async function makeBackup(given: Given, { config, output }: CommandContext): Promise<number> {
  const { dataDir } = config()
  const target = given.parameter('DIR')
  const { missing, ...made } = await begin(() =>
    backUp(dataDir, target, { version: manifest.version, onProgress: output.progress('copied') }),
  )
  if (given.flag('json')) output.json({ folder: target, ...made, missing })
  else
    output.print(
      `The backup is in ${target}: the database, ${count(made.files, 'file')} of ${megabytes(made.bytes)}, and the key.`,
    )
  if (missing.length === 0) return 0
  output.note(
    `no content in ${dataDir}, and so none in the backup, for ${count(missing.length, 'file')}: ${missing.join(', ')}`,
  )
  return 1
}

/** `threadmill restore DIR`. */
export async function restoreBackup(
  given: Given,
  { config, output, program }: CommandContext,
): Promise<number> {
  const { dataDir } = config()
  const folder = given.parameter('DIR')
  const note = await begin(() => restore(folder, dataDir, output.progress('copied')))
  if (given.flag('json')) output.json({ folder: dataDir, ...note })
  else
    output.print(
      `The backup of ${note.made_at} is in ${dataDir} again, with ${count(note.files, 'file')}. Start the server as before (${program}).`,
    )
  return 0
}
