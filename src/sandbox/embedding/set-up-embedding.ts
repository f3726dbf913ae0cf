import { readFile } from 'node:fs/promises'
import { setUpPython, type Setup, type SetupOptions } from '../python-setup/set-up-python.ts'
import { embeddingEnvironment } from './local-model.ts'

/**
 * Makes the Python environment that runs the embedding model, with the model in it, or leaves it as it is: `embedding` in
 * the data folder leads to it. Works as `setUpPython` does. Throws SetupFailure.
 */
export async function setUpEmbedding(dataDir: string, options: SetupOptions = {}): Promise<Setup> {
  return setUpPython(dataDir, {
    imports: ['onnxruntime'],
    requirements: await embeddingRequirements(),
    ...options,
    name: embeddingEnvironment,
  })
}

/** The package that carries the model has its own line, and so can be left out where the model comes from elsewhere. */
export const embeddingRequirements = () => readFile(new URL('requirements.txt', import.meta.url), 'utf8')
