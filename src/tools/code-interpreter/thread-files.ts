import type { Database } from '../../store/database.ts'
import { getFiles } from '../../store/files.ts'
import { threadFiles } from '../../store/sandbox-files.ts'
import type { Sources } from '../sources.ts'
import { filePaths } from './file-paths.ts'
import { nameInputs, type InputFile } from './input-files.ts'
import { sandboxFolder, type FilesGiven } from './session-files.ts'

/** The files with which the cells of one run work, kept as they are known. */
export interface ThreadFiles extends FilesGiven {
  readonly sources: Pick<Sources, 'fileAt' | 'beginsFile'>
  /** In the system text: what is there to be read. Empty where there is nothing. */
  inWords(): string
  /** Reads again what programs have written. */
  readWritten(): Promise<void>
}

/** Reads what programs of the thread have written and what it was given: the Files of these ids that are there. */
export async function openThreadFiles(
  db: Database,
  { project, threadId }: { project: string; threadId: string },
  ids: string[],
): Promise<ThreadFiles> {
  const found = ids.length === 0 ? [] : await getFiles(db, project, ids)
  const given = ids.flatMap((id) => {
    const file = found.find((one) => one.id === id)
    return file ? { id, filename: file.body.filename, bytes: file.body.bytes } : []
  })
  const inputs = nameInputs(given)
  let written = await threadFiles(db, threadId)
  let paths = pathsOf(inputs, written)
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
      const lines = inputs.map((file) => whereItIs(file, isWritten.has(pathOf(file.name))))
      return lines.length === 0 ? '' : `Files for the code interpreter:\n${lines.join('\n')}`
    },
    async readWritten() {
      written = await threadFiles(db, threadId)
      paths = pathsOf(inputs, written)
    },
  }
}

export const pathOf = (name: string) => `${sandboxFolder}${name}`

function pathsOf(inputs: readonly InputFile[], written: FilesGiven['written']) {
  const paths = new Map<string, string>()
  for (const { id, name } of inputs) paths.set(pathOf(id), id).set(pathOf(name), id)
  // What a program has written under the name of an input stands there now.
  for (const { path, file_id } of written) paths.set(path, file_id)
  return filePaths(paths)
}

/** Users speak of names, and what is under a name may have been written since. */
const whereItIs = ({ id, name }: InputFile, isRewritten: boolean) =>
  isRewritten
    ? `- ${pathOf(name)}, written by your code (as it was uploaded: ${pathOf(id)})`
    : `- ${pathOf(name)} (also ${pathOf(id)})`
