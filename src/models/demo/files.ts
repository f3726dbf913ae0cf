import type { Task } from './task.ts'

/** Markdown that offers a file of the sandbox. */
export const link = (name: string) => `[Download ${name}](sandbox:/mnt/data/${name})`

/** Python of the user's own, in a fenced block. */
export function codeTask(question: string): Task | undefined {
  const [, code] = /```(?:python|py)?\s*\n([\s\S]*?)```/i.exec(question) ?? []
  if (!code?.trim()) return undefined
  const answer = (output: string) => `The program printed:\n\n\`\`\`\n${output.trim() || '(nothing)'}\n\`\`\``
  return { programs: [code], about: 'your program', answer }
}

/** "Write a CSV of squares 1..10", "save a file that says '...'". */
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

/** "Summarise sales.csv", or an attached file. */
export function readTask(question: string, attached: string[]): Task | undefined {
  const named = /([\w-]+\.(?:csv|tsv|txt|md|json|log))\b/i.exec(question)?.[1]
  const asks =
    /\b(analy[sz]e|summari[sz]e|summary|describe|statistics|explore|inspect|read|look|what)\b/i.test(question)
  if (!asks || (!named && attached.length === 0 && !/\bcsv\b/i.test(question))) return undefined
  const wanted = [named, ...attached].filter((name) => name !== undefined)
  const about = named ?? 'the file'
  return {
    programs: [readTable(wanted), readAnything],
    about,
    answer: (output) => {
      const lines = output.split('\n').filter((line) => line.trim() && !line.startsWith('Files written'))
      return `This is what Python found:\n\n${lines.map((line) => `- ${line.trim()}`).join('\n')}`
    },
  }
}

const readTable = (wanted: string[]) => `import csv, os, statistics
from collections import Counter

wanted = ${JSON.stringify(wanted)}
folder = '/mnt/data'
path = next((f'{folder}/{name}' for name in wanted if os.path.exists(f'{folder}/{name}')), None)
path = path or next(f'{folder}/{name}' for name in sorted(os.listdir(folder)) if name.endswith('.csv'))
with open(path, newline='', encoding='utf-8-sig', errors='replace') as file:
    dialect = csv.Sniffer().sniff(file.read(8192), ',;\\t|')
    file.seek(0)
    header, *rows = [row for row in csv.reader(file, dialect) if row]

print(f'{os.path.basename(path)}: {len(rows)} rows, {len(header)} columns ({", ".join(header)})')
for place, name in enumerate(header):
    values = [row[place] for row in rows if place < len(row) and row[place].strip()]
    try:
        numbers = [float(value) for value in values]
        print(f'{name}: mean {statistics.mean(numbers):.6g}, median {statistics.median(numbers):.6g}, '
              f'from {min(numbers):.6g} to {max(numbers):.6g}, sum {sum(numbers):.6g}')
    except (ValueError, statistics.StatisticsError):
        common = ', '.join(f'{value} ({count})' for value, count in Counter(values).most_common(3))
        print(f'{name}: {len(set(values))} different values, most often {common}')
`

const readAnything = `import os

folder = '/mnt/data'
files = [f'{folder}/{name}' for name in sorted(os.listdir(folder)) if os.path.isfile(f'{folder}/{name}')]
if not files:
    print('there are no files in /mnt/data')
for path in files[:5]:
    with open(path, encoding='utf-8', errors='replace') as file:
        lines = file.read(1_000_000).splitlines()
    words = sum(len(line.split()) for line in lines)
    print(f'{os.path.basename(path)}: {os.path.getsize(path)} bytes, {len(lines)} lines, {words} words')
    if lines:
        print('first line:', lines[0][:200])
`
