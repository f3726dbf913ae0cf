import { parseArgs } from 'node:util'
import type { Config } from '../config.ts'
import { CommandFailure, connect } from './api.ts'
import { progressBar } from './progress-bar.ts'

export const commands = `  threadmill                                  starts the server
  threadmill files add DIR --store NAME       puts the files of a folder into a vector store of the running server
  threadmill backup DIR                       copies everything to a new folder, also while the server runs
  threadmill restore DIR                      puts a backup into the data folder, which must be empty
  threadmill models pull embedding            fetches the local embedding model (23 MB)
  threadmill python setup                     makes a Python environment with the data packages (Linux)
  threadmill python prefetch                  fetches data packages for the Python that needs no installation
  threadmill doctor                           says what the server would work with, and what is missing`

/** Whether the arguments name a command; undefined where they mean the server itself. */
export const isCommand = ([first]: string[]) =>
  ['files', 'backup', 'restore', 'models', 'python', 'doctor'].includes(first ?? '')

/** Whether the arguments are about backups: those bring their own key. */
export const isOfBackups = ([first]: string[]) => first === 'backup' || first === 'restore'

/** Runs a command. The answer is the exit code. */
export async function runCommand(args: string[], config: Config, out: NodeJS.WriteStream): Promise<number> {
  try {
    const { positionals, values } = parse(args)
    const [command, verb, what] = positionals
    if (command === 'files' && verb === 'add' && what !== undefined && values.store !== undefined) {
      const { addFiles } = await import('./add-files.ts')
      const api = connect(`http://${config.host}:${config.port}`, config.apiKey)
      return (await addFiles(api, what, values.store, out)) === 0 ? 0 : 1
    }
    if (command === 'backup' && verb !== undefined && what === undefined) {
      const { makeBackup } = await import('./backup.ts')
      return await makeBackup(config.dataDir, verb, out)
    }
    if (command === 'restore' && verb !== undefined && what === undefined) {
      const { restoreBackup } = await import('./backup.ts')
      return await restoreBackup(verb, config.dataDir, out)
    }
    if (command === 'models' && verb === 'pull' && what === 'embedding') {
      const { localModelFolder } = await import('../search/local-embedder.ts')
      const { pullModel } = await import('../search/pull-model.ts')
      const bar = progressBar(out, 'fetched')
      const folder = localModelFolder(config.dataDir)
      await pullModel(folder, {
        ...(config.modelMirror !== '' && { mirror: config.modelMirror }),
        onProgress: (done, total) => bar(done, total),
      })
      out.write(`The model is in ${folder}. Say "embedding": "local" in the config file to use it.\n`)
      return 0
    }
    if (command === 'doctor' && verb === undefined) {
      const { doctor } = await import('./doctor.ts')
      return await doctor(config, out)
    }
    if (command === 'python' && verb === 'setup' && what === undefined) {
      const { pythonSetup } = await import('./python-setup.ts')
      await pythonSetup(config, out)
      return 0
    }
    if (command === 'python' && verb === 'prefetch' && what === undefined) {
      const { pythonPrefetch } = await import('./python-prefetch.ts')
      await pythonPrefetch(config, out)
      return 0
    }
    throw new CommandFailure(`unknown command; there are:\n${commands}`)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    out.write(`threadmill: ${error.message}\n`)
    return error instanceof CommandFailure ? 2 : 1
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: { store: { type: 'string' } } })
  } catch (error) {
    throw new CommandFailure((error as Error).message)
  }
}
