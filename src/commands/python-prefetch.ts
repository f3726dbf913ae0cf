import { join } from 'node:path'
import { prefetch } from '../sandbox/pyodide/packages/prefetch.ts'
import { defaultSets } from '../sandbox/pyodide/packages/default-sets.ts'
import { sandboxUser } from '../sandbox/sandbox-user.ts'
import type { CommandContext, Given } from './command.ts'
import { useProxyOfEnvironment } from './use-proxy.ts'

/** `threadmill python prefetch`. Throws PrefetchFailure. */
export async function pythonPrefetch(_given: Given, { config, output }: CommandContext): Promise<number> {
  useProxyOfEnvironment()
  const { dataDir, pyodideMirror, pypiMirror } = config('write')
  const sets = await defaultSets({
    ...(pyodideMirror !== '' && { pyodide: pyodideMirror }),
    ...(pypiMirror !== '' && { pypi: pypiMirror }),
  })
  for (const set of sets) {
    const names = set.packages.flatMap(({ name, isWanted }) => (isWanted ? [name] : [])).join(', ')
    const isNew = await prefetch(join(dataDir, 'cache'), set, {
      uid: sandboxUser(),
      onFetched: output.progress('fetched '),
      onUnpacked: output.progress('unpacked'),
    })
    output.print(isNew ? `Pyodide has ${names} when a server starts.` : `Already there: ${names}.`)
  }
  return 0
}
