import { join } from 'node:path'
import type { Config } from '../config.ts'
import { prefetch } from '../sandbox/pyodide/packages/prefetch.ts'
import { usualSets } from '../sandbox/pyodide/packages/usual-sets.ts'
import { sandboxUser } from '../sandbox/sandbox-user.ts'
import { progressBar } from './progress-bar.ts'

/** `threadmill python prefetch`. Throws PrefetchFailure. */
export async function pythonPrefetch(
  { dataDir, pyodideMirror, pypiMirror }: Pick<Config, 'dataDir' | 'pyodideMirror' | 'pypiMirror'>,
  out: NodeJS.WriteStream,
): Promise<void> {
  const sets = await usualSets({
    ...(pyodideMirror !== '' && { pyodide: pyodideMirror }),
    ...(pypiMirror !== '' && { pypi: pypiMirror }),
  })
  for (const set of sets) {
    const names = set.packages.flatMap(({ name, isWanted }) => (isWanted ? [name] : [])).join(', ')
    const isNew = await prefetch(join(dataDir, 'cache'), set, {
      uid: sandboxUser(),
      onFetched: progressBar(out, 'fetched '),
      onUnpacked: progressBar(out, 'unpacked'),
    })
    out.write(isNew ? `Pyodide has ${names} when a server starts.\n` : `Already there: ${names}.\n`)
  }
}
