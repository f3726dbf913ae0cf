import { readFile, writeFile } from 'node:fs/promises'
import { arch, release } from 'node:os'
import { join } from 'node:path'
import { checksOf } from './checks.ts'
import { findPairs } from './pairs.ts'

// `node test/security/table.ts [--write]`: attacks every pair of this machine and prints what came of it;
// --write puts it into docs/security.md.

const document = join(import.meta.dirname, '../../docs/security.md')
const begin = '<!-- made by test/security/table.ts -->'
const end = '<!-- end -->'

const pairs = await findPairs('all')
const rows = new Map<string, string[]>()
let leaks = 0
for (const provider of pairs.found) {
  await using checks = await checksOf(provider)
  for (const check of checks.all) {
    const { id, what, held } = check
    const verdict = await check.run()
    leaks += verdict.leaks.length
    const cell = verdict.leaks.length > 0 ? `**LEAK: ${verdict.leaks.join(', ')}**` : verdict.outcome
    const row = rows.get(id) ?? [id, what, held]
    rows.set(id, [...row, cell === 'open' ? '**open**' : cell])
  }
  process.stderr.write(`${provider.id} done\n`)
}
await pairs.close()

const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
const heads = ['id', 'attempt', 'must be observed', ...pairs.found.map(({ id }) => id)]
const table = [
  `Run as ${process.getuid?.() === 0 ? 'root (sessions as user 65534)' : 'an ordinary user'} on ` +
    `${process.platform} ${release()}, ${arch()}, Node ${process.version}. Not on that machine: ` +
    `${pairs.missing.join('; ') || 'no pair was missing'}. Leaks: ${leaks}.`,
  '',
  line(heads),
  line(heads.map(() => '---')),
  ...[...rows.values()].map(line),
].join('\n')

if (process.argv.includes('--write')) {
  const text = await readFile(document, 'utf8')
  const [before = '', rest = ''] = text.split(begin)
  await writeFile(document, `${before}${begin}\n\n${table}\n\n${end}${rest.split(end)[1] ?? ''}`)
} else {
  process.stdout.write(`${table}\n`)
}
process.exitCode = leaks > 0 ? 1 : 0
