import { setUpPython } from '../sandbox/python-setup/set-up-python.ts'
import { sandboxUser } from '../sandbox/sandbox-user.ts'
import { CommandFailure, type CommandContext, type Given } from './command.ts'

/** `threadmill python setup`. Throws SetupFailure. */
export async function pythonSetup(
  _given: Given,
  { config, output, program }: CommandContext,
): Promise<number> {
  if (process.platform !== 'linux') {
    throw new CommandFailure(
      `a native Python is confined on Linux only; "${program} python prefetch" is for Pyodide`,
    )
  }
  const { dataDir, pypiMirror } = config('write')
  const uid = sandboxUser()
  const { isNew, path, version } = await setUpPython(dataDir, {
    ...(pypiMirror !== '' && { mirror: pypiMirror }),
    ...(uid !== undefined && { uid }),
    onProgress: output.progress('packages'),
  })
  output.print(
    isNew
      ? `Python ${version} with the data packages is in ${path}. A server that runs takes it up by itself.`
      : `Python ${version} with the data packages is already there, in ${path}.`,
  )
  return 0
}
