import type { Config } from '../config.ts'
import { setUpPython } from '../sandbox/python-setup/set-up-python.ts'
import { sandboxUser } from '../sandbox/sandbox-user.ts'
import { CommandFailure } from './api.ts'
import { progressBar } from './progress-bar.ts'

/** `threadmill python setup`. Throws SetupFailure. */
export async function pythonSetup(
  { dataDir, pypiMirror }: Pick<Config, 'dataDir' | 'pypiMirror'>,
  out: NodeJS.WriteStream,
): Promise<void> {
  if (process.platform !== 'linux') {
    throw new CommandFailure(
      'a native Python is confined on Linux only; "threadmill python prefetch" is for Pyodide',
    )
  }
  const uid = sandboxUser()
  const { isNew, path, version } = await setUpPython(dataDir, {
    ...(pypiMirror !== '' && { mirror: pypiMirror }),
    ...(uid !== undefined && { uid }),
    onProgress: progressBar(out, 'packages'),
  })
  out.write(
    isNew
      ? `Python ${version} with the data packages is in ${path}. A server takes it when it starts.\n`
      : `Python ${version} with the data packages is already there, in ${path}.\n`,
  )
}
