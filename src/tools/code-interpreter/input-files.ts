import { sandboxName } from '../../sandbox/kernel/sandbox-name.ts'

/** A File that code interpreter is given: in /mnt/data it lies under its id, as in the original, and its own name. */
export interface InputFile {
  id: string
  name: string
  bytes: number
}

/**
 * The name of each file in /mnt/data. Uploads of one name are told apart by a number, in the order of the list; the ids
 * of files are nobody else's names.
 */
export function nameInputs(files: { id: string; filename: string; bytes: number }[]): InputFile[] {
  const taken = new Set(files.map(({ id }) => id))
  return files.map(({ id, filename, bytes }) => {
    const wanted = sandboxName(filename)
    const [, stem = wanted, extension = ''] = /^(.+?)((?:\.[^.]*)?)$/.exec(wanted) ?? []
    let name = wanted
    for (let n = 2; taken.has(name); n++) name = `${stem} (${n})${extension}`
    taken.add(name)
    return { id, name, bytes }
  })
}
