import { availableParallelism, loadavg } from 'node:os'
import { docx, never, paragraph, pdf, reading, xlsx } from '../src/search/extract/made-files.test.ts'
import { round, table } from './numbers.ts'

// What it takes to read a file and to cut it into chunks of 800 tokens, in one thread: `node bench/extract.ts`.

const words =
  'the report of a company says in many words what it earned and spent during the year in every region'.split(
    ' ',
  )

/** A sentence that no other is like, so that nothing is cached or left out as repeated. */
const sentence = (seed: number) =>
  `${Array.from({ length: 14 }, (_, at) => words[(seed * 7 + at * at + (seed >> 3)) % words.length]).join(' ')} ${seed}.`

const lines = (count: number, seed = 0) => Array.from({ length: count }, (_, at) => sentence(seed + at))

const pages = 1000
const files: [name: string, pages: number, content: () => string | Uint8Array][] = [
  [
    'report.pdf',
    pages,
    () =>
      pdf(
        Array.from({ length: pages }, (_, page) => ({
          lines: lines(45, page * 45).map((text, at): [number, number, string] => [40, 750 - at * 15, text]),
        })),
      ),
  ],
  ['notes.txt', 0, () => lines(100_000).join('\n')],
  [
    'notes.md',
    0,
    () =>
      lines(100_000)
        .map((text, at) => (at % 50 === 0 ? `\n## Part ${at}\n\n${text}` : text))
        .join('\n'),
  ],
  [
    'notes.html',
    0,
    () =>
      `<html><body>${lines(20_000)
        .map((text) => `<p>${text}</p>`)
        .join('\n')}</body></html>`,
  ],
  [
    'notes.docx',
    0,
    () =>
      docx(
        lines(50_000)
          .map((text) => paragraph(text))
          .join(''),
      ),
  ],
  [
    'table.xlsx',
    0,
    () =>
      xlsx({
        S: lines(50_000)
          .map((text, at) => `<row><c><v>${at}</v></c><c t="inlineStr"><is><t>${text}</t></is></c></row>`)
          .join(''),
      }),
  ],
]

console.log(
  `Node ${process.versions.node}, ${availableParallelism()} cores, load ${round(loadavg()[0] ?? 0)}. ` +
    'Memory is that of this process, made files included.',
)
const turn = { signal: never, rank: { bytes: 0, awaited: false } }
const rows = [['file', 'MB of text', 'read, ms', 'MB/s', 'pages/s', 'chunk, ms', 'MB/s', 'chunks', 'RSS, MB']]
for (const [name, count, content] of files) {
  await using made = reading()
  // The thread and its libraries are loaded by a file of the same kind.
  const warm = name.endsWith('.pdf') ? pdf([{ lines: [[9, 9, 'warm']] }]) : undefined
  await made.extractor.extractChunks(
    made.put(warm ? 'a.pdf' : 'a.md', warm ?? 'warm'),
    { maxTokens: 800, overlapTokens: 400 },
    turn,
  )
  const file = made.put(name, content())
  let peak = 0
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20)
  const start = performance.now()
  const { parts } = await made.extractor.extract(file, never)
  const read = performance.now() - start
  const again = performance.now()
  const chunks = await made.extractor.chunk(parts, { maxTokens: 800, overlapTokens: 400 }, turn)
  const cut = performance.now() - again
  clearInterval(watch)
  const megabytes = parts.reduce((sum, part) => sum + Buffer.byteLength(part.text), 0) / 1e6
  const perSecond = (ms: number) => round((megabytes / ms) * 1000)
  rows.push([
    name,
    round(megabytes),
    round(read, 0),
    perSecond(read),
    count > 0 ? round((count / read) * 1000, 0) : '-',
    round(cut, 0),
    perSecond(cut),
    String(chunks.length),
    round(peak / 2 ** 20, 0),
  ])
}
console.log(table(rows))
