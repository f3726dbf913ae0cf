import type { Database } from '../../store/database.ts'
import { getFiles } from '../../store/files.ts'
import { sandboxFiles } from '../../store/sandbox-files.ts'
import type { Sources } from '../sources.ts'
import type { RunSandbox } from '../tool.ts'
import { filePaths } from './file-paths.ts'
import { nameInputs, type InputFile } from './input-files.ts'
import { sandboxFolder } from './file-notes.ts'
import type { FilesGiven } from './give-files.ts'

/** The files that the cells of one run work with. Each file is looked up once. */
export interface SandboxFiles extends FilesGiven {
  readonly sources: Pick<Sources, 'fileAt' | 'beginsFile'>
  /** For the system text: which files can be read. Empty when there are none. */
  inWords(): string
  /** Reads again which files programs have written. */
  readWritten(): Promise<void>
}

/** Reads which files are in the sandbox, and which of the given Files exist. */
export async function openSandboxFiles(
  db: Database,
  { project, sandbox }: { project: string; sandbox: RunSandbox },
  ids: string[],
): Promise<SandboxFiles> {
  const found = ids.length === 0 ? [] : await getFiles(db, project, ids)
  const given = ids.flatMap((id) => {
    const file = found.find((one) => one.id === id)
    return file ? { id, filename: file.body.filename, bytes: file.body.bytes } : []
  })
  const inputs = nameInputs(given)
  let written = await sandboxFiles(db, sandbox.id)
  let paths = pathsOf(inputs, written, sandbox)
  return {
    inputs,
    get written() {
      return written
    },
    sources: {
      fileAt: (path) => paths.fileAt(path),
      beginsFile: (beginning) => paths.beginsFile(beginning),
    },
    inWords() {
      const isWritten = new Set(written.map(({ path }) => path))
      const put = written.filter(({ source }) => source === 'user').map(({ path }) => `- ${path}`)
      const lines = [...inputs.map((file) => whereItIs(file, isWritten.has(pathOf(file.name)))), ...put]
      return lines.length === 0 ? '' : `Files for the code interpreter:\n${lines.join('\n')}`
    },
    async readWritten() {
      written = await sandboxFiles(db, sandbox.id)
      paths = pathsOf(inputs, written, sandbox)
    },
  }
}

/** The path at which programs find a file of this name. */
export const pathOf = (name: string) => `${sandboxFolder}${name}`

function pathsOf(inputs: readonly InputFile[], written: FilesGiven['written'], { hidesFiles }: RunSandbox) {
  const paths = new Map<string, string>()
  for (const { id, name } of inputs) paths.set(pathOf(id), id).set(pathOf(name), id)
  // A program has written a file under the name of an input, so the path leads to that file now.
  for (const { path, file_id, purpose } of written) {
    // Whoever is to be told of Files of the project cannot look at those of a container.
    if (hidesFiles || purpose !== 'container') paths.set(path, file_id)
    else paths.delete(path)
  }
  return filePaths(paths)
}

/** Users speak of file names, but the file under a name may have been overwritten since. */
const whereItIs = ({ id, name }: InputFile, isRewritten: boolean) =>
  isRewritten
    ? `- ${pathOf(name)}, written by your code (as it was uploaded: ${pathOf(id)})`
    : `- ${pathOf(name)} (also ${pathOf(id)})`
