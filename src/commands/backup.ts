import manifest from '../../package.json' with { type: 'json' }
import { count } from '../common/count.ts'
import { backUp } from '../store/backup/back-up.ts'
import { restore } from '../store/backup/restore.ts'
import { describeTarget } from '../store/move/places.ts'
import { begin } from './begin.ts'
import type { CommandContext, Given } from './command.ts'
import { megabytes, type Output } from './output.ts'

/** `threadmill backup DIR`. Returns 1 if contents of some files are missing or damaged. */
export async function makeBackup(given: Given, { config, output }: CommandContext): Promise<number> {
  const place = config()
  const target = given.parameter('DIR')
  const progress = {
    bytes: output.progress('database copied', megabytes),
    rows: output.progress('rows copied'),
    checked: output.progress('rows checked'),
    files: output.progress('files copied'),
  }
  const { missing, damaged, ...made } = await begin(() =>
    backUp(place, target, { version: manifest.version, progress }),
  )
  if (given.flag('json')) output.json({ folder: target, ...made, missing, damaged })
  else
    output.print(
      `The backup is in ${target}: the database, ${count(made.files, 'file')} of ${megabytes(made.bytes)}, and the keys ` +
        `of ${place.dataDir}.`,
    )
  if (missing.length > 0)
    output.note(
      `no content, and so none in the backup, for ${count(missing.length, 'file')}: ${missing.join(', ')}`,
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
  const { dataDir, database } = place
  const progress = {
    bytes: output.progress('database checked', megabytes),
    rows: output.progress('rows restored'),
    checked: output.progress('rows checked'),
    files: output.progress('files restored'),
  }
  const { damaged, ...restored } = await begin(() => restore(given.parameter('DIR'), place, progress))
  const there = describeTarget(database ? { postgres: database } : { dataDir })
  if (given.flag('json')) output.json({ folder: dataDir, database_at: there, ...restored, damaged })
  else
    output.print(
      `The backup of ${restored.made_at} is in ${there} again, with ${count(restored.rows, 'row')} and ` +
        `${count(restored.files, 'file')}; counts and hashes are those of the backup. Start the server on it: ` +
        `${program} --data-dir ${dataDir}${database ? ', with the same settings' : ''}`,
    )
  noteDamaged(damaged, output)
  return damaged.length > 0 ? 1 : 0
}
