import { forEachPair } from './for-each-pair.ts'
import { snippets } from './all.ts'
import { importable, reasonNotTo, trySnippet } from './try-snippet.ts'
import type { Snippet } from './snippet.ts'

// Runs the whole list on every pair of this machine and prints what came of it, for docs/snippets.md:
//   node test/snippets/table.ts > docs/snippets.md

const cells = new Map<Snippet, string[]>()
const ids: string[] = []
const failures: string[] = []
const all = Object.values(snippets).flat()

await forEachPair(async ({ id, engine, kernel }) => {
  ids.push(id)
  const there = await importable(kernel, [...new Set(all.flatMap(({ needs = [] }) => needs))])
  for (const snippet of all) {
    const reason = reasonNotTo(snippet, engine, there)
    const wrong = reason === undefined ? await trySnippet(kernel, snippet) : []
    if (wrong.length > 0) failures.push(`${id}: ${snippet.name}: ${wrong.join('; ')}`)
    const cell = reason === undefined ? (wrong.length === 0 ? 'yes' : 'NO') : '–'
    cells.set(snippet, [...(cells.get(snippet) ?? []), cell])
  }
})

const row = (columns: string[]) => `| ${columns.join(' | ')} |`
const expected = ({ text, pictures, files, error }: Snippet) =>
  [
    error && 'an error',
    text && !error && 'text',
    pictures && (pictures === 1 ? 'a picture' : `${pictures} pictures`),
    files && `${files.join(', ')}`,
  ]
    .filter(Boolean)
    .join('; ') || 'nothing is shown'
const safe = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')

console.log(`# What models write, on every engine

${all.length} programs as models write them, each with what must come of it, run by every \`npm test\` on each pair of an engine and a
launcher that the machine has, with the packages of \`threadmill python setup\`. This table is printed by
\`node test/snippets/table.ts\`; the programs are in [\`test/snippets\`](../test/snippets). A dash: Pyodide cannot start processes
or threads, or the packages have not been fetched (\`threadmill python prefetch\`); the table is made without them.
`)
for (const [kind, ofKind] of Object.entries(snippets)) {
  console.log(`## ${kind}\n\n${row(['program', 'comes', ...ids])}`)
  console.log(row(['---', '---', ...ids.map(() => '---')]))
  for (const snippet of ofKind)
    console.log(row([safe(snippet.name), safe(expected(snippet)), ...(cells.get(snippet) ?? [])]))
  console.log()
}
for (const failure of failures) console.error(failure)
process.exitCode = failures.length > 0 ? 1 : 0
