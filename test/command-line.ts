import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { everywhere } from '../src/commands/everywhere.ts'
import { optionRow, usage } from '../src/commands/help.ts'
import { commands } from '../src/commands/table.ts'

const page = new URL('../docs/command-line.md', import.meta.url)
const begin = '<!-- The rest is made of src/commands/table.ts by "node test/command-line.ts". -->'

/** Why examples are not run with the others of the page. */
const fetches = 'not run: it fetches what it is named for'
const marks: Record<string, string> = {
  'models pull': fetches,
  setup: fetches,
  'python setup': fetches,
  'python prefetch': fetches,
  move: 'tested by: test/acceptance/move.test.ts › what was moved to PostgreSQL and back is the same, and is gone on with',
}

const row = ([left, right]: readonly [string, string]) => `- \`${left}\`: ${right}`

/** What docs/command-line.md says of every command and option. */
export function reference(): string {
  const shown = commands.filter(({ hidden }) => !hidden)
  const parts = shown.map((command) => {
    const { name, summary, about, parameters = [], options = [], examples = [] } = command
    const rows = [...parameters.map((one) => [one.name, one.help] as const), ...options.map(optionRow)]
    return [
      `### ${name}\n\n\`threadmill ${usage(command)}\` ${summary}.`,
      about,
      rows.map(row).join('\n'),
      examples.length > 0 &&
        `${marks[name] ? `<!-- ${marks[name]} -->\n\n` : ''}\`\`\`sh\n${examples.join('\n')}\n\`\`\``,
    ]
      .filter(Boolean)
      .join('\n\n')
  })
  return [
    '## Commands',
    ...parts,
    `## Options of every command\n\n${everywhere.map(optionRow).map(row).join('\n')}`,
  ].join('\n\n')
}

/** The page as it is, and as it should be. */
export function commandLinePage(): { is: string; should: string } {
  const is = readFileSync(page, 'utf8')
  return { is, should: `${is.split(begin)[0]}${begin}\n\n${reference()}\n` }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(page, commandLinePage().should)
