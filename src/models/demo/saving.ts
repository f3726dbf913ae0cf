import { link } from './files.ts'
import type { Task } from './task.ts'

/** A file that a question asks for besides its answer: "..., and save it as pie.png". */
export interface FileWish {
  /** Undefined when only the kind was said. */
  name: string | undefined
  /** The end of the name in lower case, such as `csv`. */
  kind: string
}

const saves =
  /\b(?:saved?|store|export|write|put|download|name[d]?|call(?:ed)?|speicher\w*|enregistre\w*|guarda\w*)\b/i
const kinds = 'png|jpe?g|gif|svg|pdf|csv|tsv|txt|md|json|html'

/** "as a CSV" and "make a CSV" ask for a file without a word for saving. */
const asKind = new RegExp(
  `\\b(?:as|als|(?:create|generate|make|produce)(?: me)?)\\s+(?:an? |eine )?(${kinds})\\b`,
  'i',
)
const savedKind = new RegExp(`\\b(?:as|to|into|in|an?)\\s+(?:an? )?(${kinds})\\b`, 'i')

/** The file that a question asks to be written. Names of `files` that are there are read and not written. */
export function fileWish(question: string, files: readonly string[]): FileWish | undefined {
  const from = saves.exec(question)?.index
  const rest = from === undefined ? '' : question.slice(from)
  for (const [name, kind = ''] of rest.matchAll(new RegExp(`[\\w-]{1,60}\\.(${kinds})\\b`, 'gi')))
    if (!files.some((file) => file.toLowerCase() === name.toLowerCase()))
      return { name, kind: kind.toLowerCase() }
  const kind = (savedKind.exec(rest) ?? asKind.exec(question))?.[1]
  return kind === undefined ? undefined : { name: undefined, kind: kind.toLowerCase() }
}

const picture = /\/mnt\/data\/((?:chart|plot)\.png)/

/** The task with the file that the question asks for, or an answer that says plainly that it was not written. */
export function saving(task: Task, wish: FileWish | undefined): Task {
  if (!wish) return task
  const drawn = picture.exec(task.programs[0] ?? '')?.[1]
  const renamed = drawn !== undefined && wish.kind === 'png' ? wish.name : undefined
  const named = (text: string) => (drawn && renamed ? text.replaceAll(drawn, renamed) : text)
  const rows = drawn === undefined && wish.kind === 'csv' ? task.rows : undefined
  const name = wish.name ?? 'result.csv'
  return {
    ...task,
    programs: task.programs.map((program) =>
      rows ? withRows(program, { name, header: rows }) : named(program),
    ),
    answer(output) {
      const text = named(task.answer(output))
      if (rows) return `${text}\n\nThe rows are in this file: ${link(name)}`
      const isDone =
        task.programs.length === 0 || (text.includes('(sandbox:') && (!drawn || wish.kind === 'png'))
      return isDone ? text : `${text}\n\n${notSaved(wish, drawn !== undefined)}`
    },
  }
}

function notSaved({ name, kind }: FileWish, isPicture: boolean): string {
  const what = name ?? `a ${kind.toUpperCase()} file`
  return isPicture
    ? `I have not written ${what}: I draw PNG pictures only, and the numbers of a chart are not in a file of their own.`
    : `I have not written ${what}: that is more than I can do in one step. I write a text that you give ("Save a file ` +
        'note.txt that says \'...\'"), and rows of a CSV file that you attach ("Total of price by city, as CSV").'
}

/** The program, whose rows also go into a CSV file. */
const withRows = (
  program: string,
  { name, header }: { name: string; header: readonly string[] },
) => `import builtins

told = []

def print(*cells, **how):
    told.append(cells)
    builtins.print(*cells, **how)

${program}
with open('/mnt/data/${name}', 'w', newline='') as file:
    csv.writer(file).writerows([${header.length > 0 ? `${JSON.stringify(header)}, ` : ''}*told])
`
