import manifest from '../../package.json' with { type: 'json' }
import { count } from '../count.ts'
import { backUp, restore } from '../store/backup.ts'
import { begin } from './begin.ts'
import { CommandFailure, type CommandContext, type Given } from './command.ts'
import { megabytes, type Output } from './output.ts'

const ofPostgres =
  'the database is PostgreSQL, whose own tools back it up and restore it (pg_dump, pg_restore): docs/scaling.md says how, ' +
  'and what to do about the files'

/** `threadmill backup DIR`. Returns 1 if the data folder lacks the contents of some files. */
export async function makeBackup(given: Given, { config, output }: CommandContext): Promise<number> {
  const place = config()
  if (place.database) throw new CommandFailure(ofPostgres)
  const target = given.parameter('DIR')
  const { missing, damaged, ...made } = await begin(() =>
    backUp(place, target, { version: manifest.version, onProgress: output.progress('copied') }),
  )
  if (given.flag('json')) output.json({ folder: target, ...made, missing, damaged })
  else
    output.print(
      `The backup is in ${target}: the database, ${count(made.files, 'file')} of ${megabytes(made.bytes)}, and the key.`,
    )
  if (missing.length > 0)
    output.note(
      `no content in ${place.dataDir}, and so none in the backup, for ${count(missing.length, 'file')}: ${missing.join(', ')}`,
    )
  noteDamaged(damaged, output)
  return missing.length + damaged.length > 0 ? 1 : 0
}

function noteDamaged(damaged: string[], output: Output): void {
  if (damaged.length > 0)
    output.note(
      `copied as they are, though damaged (the SHA-256 is not that of what was stored): ${count(damaged.length, 'content')}: ${damaged.join(', ')}`,
    )
}

/** `threadmill restore DIR`. Returns 1 if contents in the backup are damaged. */
export async function restoreBackup(
  given: Given,
  { config, output, program }: CommandContext,
): Promise<number> {
  const place = config()
  const { dataDir } = place
  const folder = given.parameter('DIR')
  const { damaged, ...note } = await begin(() => restore(folder, place, output.progress('copied')))
  if (given.flag('json')) output.json({ folder: dataDir, ...note, damaged })
  else
    output.print(
      `The backup of ${note.made_at} is in ${dataDir} again, with ${count(note.files, 'file')}. ` +
        `Start the server on it: ${program} --data-dir ${dataDir}`,
    )
  noteDamaged(damaged, output)
  return damaged.length > 0 ? 1 : 0
}
