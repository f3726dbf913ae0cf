import { sandboxName } from '../../sandbox/kernel/sandbox-name.ts'

/**
 * A File that the code interpreter is given. In /mnt/data it has two names: its id, as in the original, and its own
 * name.
 */
export interface InputFile {
  id: string
  name: string
  bytes: number
}

/**
 * The name of each file in /mnt/data. Files with the same name get a number, in the order of the list. No file gets the
 * id of another file as its name.
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
