import manifest from '../../package.json' with { type: 'json' }
import { count } from '../common/count.ts'
import { makeEmptyFolder } from '../store/backup/note.ts'
import { openToExport } from '../store/data-folder.ts'
import { exportObjects } from '../transfer/export-objects.ts'
import type { CommandContext, Given } from './command.ts'
import { begin } from './begin.ts'

/** `threadmill export DIR`. Returns 1 if the data folder lacks the contents of some files. */
export async function exportAll(given: Given, { config, output, signal }: CommandContext): Promise<number> {
  const place = config()
  const target = given.parameter('DIR')
  await using folder = await begin(() => openToExport(place))
  await begin(() => makeEmptyFolder(target))
  const exported = await exportObjects(target, { ...folder, version: manifest.version, signal })
  if (given.flag('json')) output.json({ folder: target, ...exported })
  else {
    const counts = Object.entries(exported.objects)
      .filter(([, objects]) => objects > 0)
      .map(([name, objects]) => count(objects, name.replaceAll('_', ' ').replace(/s$/, '')))
    output.print(`In ${target}: ${counts.join(', ') || 'nothing, since nothing is here'}.`)
  }
  const { missing_contents: missing } = exported
  if (missing.length === 0) return 0
  output.note(
    `no content in ${place.dataDir} for ${count(missing.length, 'file')}: ${missing.slice(0, 100).join(', ')}`,
  )
  return 1
}
