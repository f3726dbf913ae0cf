import { said, type Task } from './task.ts'

/** A Markdown link with which users download a file of the sandbox. */
export const link = (name: string) => `[Download ${name}](sandbox:/mnt/data/${name})`

/** Runs Python code of the user, from a fenced block or after a word such as "run". */
export function codeTask(question: string): Task | undefined {
  const [, language = '', fenced] = /```(\w*)[ \t]*\n([\s\S]*?)```/.exec(question) ?? []
  if (fenced !== undefined && !/^(python3?|py|)$/i.test(language))
    return said(`I run Python only, and this block says ${language}.`)
  const [, inline] =
    /\b(?:run|execute|eval(?:uate)?|führe|exécute|ejecuta)\b[^`]{0,40}`([^`\n]{3,})`/i.exec(question) ?? []
  const [, bare] = /^\s*(?:please )?(?:run|execute)?:?\s*(print\(.*\))\s*$/is.exec(question) ?? []
  const code = fenced ?? inline ?? bare
  if (!code?.trim()) return undefined
  const answer = (output: string) => `The program printed:\n\n\`\`\`\n${output.trim() || '(nothing)'}\n\`\`\``
  return { programs: [code], about: 'your program', answer }
}

/** Reads texts such as "Write a CSV of squares 1..10" and "save a file that says '...'". */
export function writeTask(question: string): Task | undefined {
  if (!/\b(write|create|make|save|generate|export|give me)\b/i.test(question)) return undefined
  const named = /\b([\w-]{1,60}\.(?:csv|txt|md|json))\b/i.exec(question)?.[1]
  const [, kind] = /\b(squares|cubes|numbers)\b/i.exec(question) ?? []
  const range = /(-?\d+)\s*(?:\.\.\.?|to|through|-|–)\s*(-?\d+)/.exec(question)
  const [, count] = /\bfirst (\d+)\b/i.exec(question) ?? []
  if (/\bcsv\b/i.test(question) && kind && (range || count)) {
    const name = named ?? `${kind.toLowerCase()}.csv`
    const [from, to] = range ? [range[1], range[2]] : ['1', count]
    const column = { squares: ["'square'", 'n ** 2'], cubes: ["'cube'", 'n ** 3'] }[kind.toLowerCase()] ?? []
    const program = `import csv

with open('/mnt/data/${name}', 'w', newline='') as file:
    table = csv.writer(file)
    table.writerow([${["'n'", column[0]].filter(Boolean).join(', ')}])
    for n in range(${from}, ${to} + 1):
        table.writerow([${['n', column[1]].filter(Boolean).join(', ')}])
print('wrote /mnt/data/${name}')
`
    const answer = () => `The ${kind.toLowerCase()} from ${from} to ${to} are in this file: ${link(name)}`
    return { programs: [program], about: name, answer }
  }
  const [, , text] = /(["'“])(.{1,2000}?)["'”](?!\w)/s.exec(question) ?? []
  if (!/\bfile\b/i.test(question) || text === undefined) return undefined
  const name = named ?? 'note.txt'
  const program = `with open('/mnt/data/${name}', 'w') as file:
    file.write(${JSON.stringify(text)} + '\\n')
print('wrote /mnt/data/${name}')
`
  return { programs: [program], about: name, answer: () => `The text is in this file: ${link(name)}` }
}

/** Matches names of Excel workbooks, but not the verb, as in "to excel at something". */
export const workbook =
  /\bExcel\b|\bexcel (?:files?|(?:spread)?sheets?|tables?|documents?)\b|\b(?:xls[xmb]?|workbooks?)\b/
export const noWorkbooks =
  'Excel workbooks are beyond me, to read and to write. Save the sheet as CSV and attach that, and I read it; what I write as ' +
  'CSV ("Write a CSV of squares 1..10") Excel opens. A language model works on them with the Python of this server.'

/** Refuses requests such as "Make an Excel file". */
export const workbookTask = (question: string): Task | undefined =>
  workbook.test(question) ? said(noWorkbooks) : undefined

const reads =
  /\b(analy[sz]e|summari[sz]e|summary|describe|statistics|explore|inspect|read|open|show|print|look|count|what|how (many|long|big)|lines?|words?|first|files?)\b|zusammen|fasse|résum|resum/i

/** Reads texts such as "Summarise notes.txt", and questions about an attached file that is not a table. */
export function readTask(question: string, names: string[]): Task | undefined {
  const named = /([\w-]+\.(?:txt|md|json|log|py|html|xml|ya?ml))\b/i.exec(question)?.[1]
  if (!reads.test(question) || (!named && names.length === 0)) return undefined
  const [first = ''] = named ? [] : names
  if (/\.(?:xls[xmb]?|ods)$/i.test(first)) return said(`${first} is a workbook. ${noWorkbooks}`)
  const wanted = named ? [named, ...names.filter((name) => name !== named)] : names
  return {
    programs: [readAnything(wanted)],
    about: wanted[0] ?? 'the file',
    answer: (output) => {
      const lines = output.split('\n').filter((line) => line.trim() && !line.startsWith('Files written'))
      return `This is what Python found:\n\n${lines.map((line) => `- ${line.trim()}`).join('\n')}`
    },
  }
}

const readAnything = (wanted: string[]) => `import os

folder = '/mnt/data'
names = [name for name in ${JSON.stringify(wanted)} if os.path.isfile(f'{folder}/{name}')][:1] or sorted(os.listdir(folder))
files = [f'{folder}/{name}' for name in names if os.path.isfile(f'{folder}/{name}')]
if not files:
    print('there are no files in /mnt/data')
for path in files[:5]:
    with open(path, encoding='utf-8', errors='replace') as file:
        text = file.read(1_000_000)
    size = f'{os.path.basename(path)}: {os.path.getsize(path)} bytes'
    if '\\0' in text or text.count('\ufffd') > len(text) / 20:
        print(f'{size}, no text that I can read')
        continue
    lines = text.splitlines()
    print(f'{size}, {len(lines)} lines, {sum(len(line.split()) for line in lines)} words')
    for place, line in enumerate([line for line in lines if line.strip()][:3], 1):
        print(f'line {place}:', line[:200])
`
