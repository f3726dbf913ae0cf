import { findMath, plainMath } from './expression.ts'
import { link } from './files.ts'
import type { Task } from './task.ts'

const asks = /\b(plot|graph|draw|chart|histogram|visuali[sz]e|diagram)\b/i

/** "Plot x^2 from 0 to 3". */
export function plotTask(question: string): Task | undefined {
  if (!asks.test(question)) return undefined
  const text = plainMath(question).replace(/\by\s*=\s*/i, '')
  const { expressions } = findMath(text.replace(/\bfrom\b.*/i, ''))
  const curve = expressions.find(({ unknowns }) => unknowns.length === 1)
  const [unknown] = curve?.unknowns ?? []
  if (!curve || !unknown) return undefined
  const [, from = '-10', to = '10'] =
    /\b(?:from|between)\s+(-?\d+(?:\.\d+)?)\s+(?:to|and)\s+(-?\d+(?:\.\d+)?)/i.exec(text) ?? []
  const points = `from math import *

def f(${unknown}):
    try:
        return float(${curve.python})
    except (ArithmeticError, ValueError, TypeError):
        return nan

xs = [${from} + (${to} - ${from}) * n / 600 for n in range(601)]
ys = [f(x) for x in xs]
`
  return {
    programs: [points + curveWithMatplotlib(curve.text), points + curveByHand],
    about: `the plot of ${curve.text}`,
    answer: () => `Here is the plot of ${curve.text} from ${from} to ${to}: ${link('plot.png')}`,
  }
}

/** "Draw a bar chart of apples 3, pears 5", or of a table that is there. */
export function chartTask(question: string, attached: string[]): Task | undefined {
  if (!asks.test(question)) return undefined
  const named = /([\w-]+\.(?:csv|tsv))\b/i.exec(question)?.[1]
  const tables = [named, ...attached].filter((name) => /\.(csv|tsv)$/i.test(name ?? ''))
  const pairs = namedNumbers(question)
  if (pairs.length < 2 && tables.length === 0 && !/\b(csv|table|data|file)\b/i.test(question))
    return undefined
  const [, word = 'bar'] = /\b(bar|pie|line|scatter|histogram)s?\b/i.exec(question) ?? []
  const kind = word.toLowerCase()
  const values =
    pairs.length >= 2 && tables.length === 0
      ? `labels = ${JSON.stringify(pairs.map(([label]) => label))}\nvalues = [${pairs.map(([, n]) => n).join(', ')}]\n`
      : columns(tables as string[], question)
  return {
    programs: [values + chartWithMatplotlib(kind), values + barsByHand],
    about: `the ${kind} chart`,
    answer: () => `Here is the ${kind} chart: ${link('chart.png')}`,
  }
}

/** Numbers of a text, each with the word before it, or its place. */
function namedNumbers(question: string): [string, string][] {
  const found = question.matchAll(
    /(?:([\p{L}][\p{L} ]{0,20}?)\s*[:=]?\s*)?(?<![\w.])(-?\d+(?:\.\d+)?)(?![\w%])/gu,
  )
  const filler =
    /^.*\b(of|with|and|values?|numbers?|data|from|to|for|showing|chart|graph|histogram|plot|the|draw)\b\s*/i
  return [...found].map(([, before = '', number = ''], at) => {
    const label = before.trim().replace(filler, '')
    return [label || String(at + 1), number]
  })
}

/** Python that takes the columns which the question names, else the first of words and the first of numbers. */
const columns = (wanted: string[], question: string) => `import csv, os

question = ${JSON.stringify(question.toLowerCase())}
folder = '/mnt/data'
paths = [f'{folder}/{name}' for name in [*${JSON.stringify(wanted)}, *sorted(os.listdir(folder))] if name.endswith(('.csv', '.tsv'))]
path = next(path for path in paths if os.path.exists(path))
with open(path, newline='', encoding='utf-8-sig', errors='replace') as file:
    dialect = csv.Sniffer().sniff(file.read(8192), ',;\\t|')
    file.seek(0)
    header, *rows = [row for row in csv.reader(file, dialect) if row]

def is_number(text):
    try:
        float(text)
        return True
    except ValueError:
        return False

numeric = [n for n in range(len(header)) if all(is_number(row[n]) for row in rows)]
worded = [n for n in range(len(header)) if n not in numeric]
named = lambda choices: sorted(choices, key=lambda n: header[n].lower() not in question)
label, value = next(iter(named(worded)), None), next(iter(named(numeric)))
labels = [row[label] if label is not None else str(n + 1) for n, row in enumerate(rows)]
values = [float(row[value]) for row in rows]
`

const chartWithMatplotlib = (kind: string) => `import matplotlib.pyplot as plt

${
  {
    pie: "plt.pie(values, labels=labels, autopct='%1.0f%%')",
    line: "plt.plot(labels, values, marker='o')",
    scatter: 'plt.scatter(labels, values)',
    histogram: 'plt.hist(values)',
  }[kind] ?? 'plt.bar(labels, values)'
}
plt.savefig('/mnt/data/chart.png')
plt.show()
`

const curveWithMatplotlib = (title: string) => `import matplotlib.pyplot as plt

plt.plot(xs, ys)
plt.title(${JSON.stringify(title)})
plt.grid(True)
plt.savefig('/mnt/data/plot.png')
plt.show()
`

const canvas = `import struct, zlib
from math import *

# A picture without matplotlib, written as PNG by hand.
width, height = 601, 401
pixels = [bytearray(b'\\xff' * width * 3) for _ in range(height)]

def dot(x, y, colour):
    if 0 <= x < width and 0 <= y < height:
        pixels[y][3 * x:3 * x + 3] = bytes(colour)

def save(path):
    def part(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    with open(path, 'wb') as file:
        file.write(b'\\x89PNG\\r\\n\\x1a\\n' + part(b'IHDR', struct.pack('>2I5B', width, height, 8, 2, 0, 0, 0)))
        file.write(part(b'IDAT', zlib.compress(b''.join(b'\\0' + bytes(line) for line in pixels))) + part(b'IEND', b''))
    print('wrote', path)

`

const curveByHand = `${canvas}known = [y for y in ys if isfinite(y)]
low, high = min(known), max(known)
if low == high:
    low, high = low - 1, high + 1
row = lambda y: round((high - y) / (high - low) * (height - 1))
for x in range(width):
    dot(x, row(0) if low <= 0 <= high else height - 1, (160, 160, 160))
zero = round(-xs[0] / (xs[-1] - xs[0]) * (width - 1))
for y in range(height):
    dot(zero if 0 <= zero < width else 0, y, (160, 160, 160))
for x, (y, after) in enumerate(zip(ys, ys[1:])):
    if isfinite(y) and isfinite(after):
        start, end = sorted((row(y), row(after)))
        for at in range(start, min(end, start + height) + 1):
            dot(x, at, (31, 119, 180))
save('/mnt/data/plot.png')
`

const barsByHand = `${canvas}low, high = min(0, *values), max(0, *values)
row = lambda y: round((high - y) / ((high - low) or 1) * (height - 21)) + 10
step = width / len(values)
for n, value in enumerate(values):
    top, bottom = sorted((row(value), row(0)))
    for x in range(round((n + 0.1) * step), round((n + 0.9) * step)):
        for y in range(top, bottom + 1):
            dot(x, y, (31, 119, 180))
for x in range(width):
    dot(x, row(0), (160, 160, 160))
save('/mnt/data/chart.png')
`
