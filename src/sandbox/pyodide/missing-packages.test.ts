import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cacheDir } from '../behaviour/pair.test.ts'
import { packagesCommand, packagesInWords } from '../data-packages.ts'
import { defaultSandboxLimits } from '../default-limits.ts'
import { nodePermission } from '../launchers/permission.ts'
import { pyodideProvider } from './provider.ts'
import { makeRuntimeFolder } from './runtime-folder.ts'

const onLinux = process.platform === 'linux'

for (const [settings, wanted, command] of [
  ['that leave the engine open', 'all', onLinux ? 'threadmill setup' : 'threadmill python prefetch'],
  ['that ask for Pyodide', 'pyodide', 'threadmill python prefetch'],
  ['that ask for a pair of it', 'pyodide+bwrap', 'threadmill python prefetch'],
] as const) {
  test(`a cell and doctor name the command that brings a package, by settings ${settings}: ${command}`, async () => {
    assert.match(packagesInWords({}, packagesCommand(wanted)), new RegExp(`come with: ${command}$`))
    const runtime = await makeRuntimeFolder(cacheDir)
    const provider = pyodideProvider({
      // The runtime of a machine on which nothing was fetched.
      runtime: { ...runtime, packages: [], absent: ['matplotlib'] },
      launcher: nodePermission(),
      limits: defaultSandboxLimits,
      uid: undefined,
      wanted,
    })
    const kernel = await provider.open({})
    let told = ''
    for await (const output of kernel.run('import matplotlib', {}))
      if (output.type === 'error') told = output.traceback
    await kernel.close()
    assert.match(told, new RegExp(`Whoever runs this server can add it with: ${command}\\.`))
  })
}
