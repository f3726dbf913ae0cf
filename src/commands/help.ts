import { settings } from '../config/environment-settings.ts'
import { UsageError, type Command, type Option } from './command.ts'
import { everywhere } from './everywhere.ts'

export interface HelpFor {
  commands: readonly Command[]
  /** How the user called the program: `threadmill`, `npx threadmill`, `npm start --`. */
  program: string
  /** The width to which lines are wrapped. If undefined, they are not wrapped. */
  columns?: number | undefined
}

type Row = [left: string, right: string]

/** The help for a command, for the commands that begin with the words, or for all. Throws UsageError. */
export function help(words: string, on: HelpFor): string {
  const command = on.commands.find(({ name }) => name === words)
  if (command) return helpOf(command, on)
  const shown = on.commands.filter(
    ({ name, hidden }) => !hidden && `${name} `.startsWith(words && `${words} `),
  )
  if (shown.length === 0) throw new UsageError(`unknown command '${words}'`)
  const rows = shown.map((one): Row => [`${on.program} ${usage(one)}`, one.summary])
  if (words !== '') return `${section('Commands', rows, on)}\n${pointer(on.program)}\n`
  return `threadmill - the Assistants API as a service that you own

Usage: ${on.program} [COMMAND] [OPTIONS]

${section('Commands', [[on.program, 'starts the server, as "serve"'], ...rows], on)}
${section('Options of every command', everywhere.map(optionRow), on)}
${section('Settings, from the environment', settings.map(settingRow), on)}
Model providers are found by their usual variables: OPENAI_API_KEY, OPENAI_BASE_URL, ANTHROPIC_API_KEY,
GOOGLE_GENERATIVE_AI_API_KEY, MISTRAL_API_KEY, OLLAMA_HOST.

${pointer(on.program)}
`
}

const pointer = (program: string) => `"${program} help COMMAND" has the options and examples of a command.`

function helpOf(command: Command, on: HelpFor): string {
  const { name, summary, about, parameters = [], options = [], examples = [] } = command
  return [
    `${paragraph(`Usage: ${on.program} ${usage(command)}`, on)}\n\n${paragraph(`${name} ${summary}.`, on)}\n`,
    about && `${paragraph(about, on)}\n`,
    parameters.length > 0 &&
      section(
        'Arguments',
        parameters.map((one): Row => [one.name, one.help]),
        on,
      ),
    options.length > 0 && section('Options', options.map(optionRow), on),
    section('Options of every command', everywhere.map(optionRow), on),
    examples.length > 0 &&
      `Examples:\n${examples.map((line) => `  ${line.replace(/^threadmill/, on.program)}\n`).join('')}`,
  ]
    .filter((part) => part)
    .join('\n')
}

/** The usage line of a command. Optional parts are in [brackets]. */
export function usage({ name, parameters = [], options = [] }: Command): string {
  return [
    name,
    ...parameters.map((one) => {
      const shown = `${one.name}${one.many ? '...' : ''}`
      return one.optional ? `[${shown}]` : shown
    }),
    ...options.map((one) => (one.required ? flags(one) : `[${flags(one)}]`)),
  ].join(' ')
}

const flags = ({ name, value }: Option) => `--${name}${value === undefined ? '' : ` ${value}`}`

export const optionRow = (option: Option): Row => [
  `${option.short ? `-${option.short}, ` : ''}${flags(option)}`,
  option.help,
]

const settingRow = ({ name, fallback, help }: (typeof settings)[number]): Row => [
  name,
  `${help}${fallback && ` (${fallback})`}`,
]

function section(title: string, rows: Row[], { columns }: HelpFor): string {
  const left = Math.min(44, Math.max(...rows.map(([name]) => name.length))) + 2
  const lines = rows.map(([name, text]) => {
    const [first = '', ...more] = wrap(text, columns && columns - left - 2)
    // A name that is too long for its column gets a line of its own.
    const begin = name.length + 2 > left ? `  ${name}\n${' '.repeat(left + 2)}` : `  ${name.padEnd(left)}`
    return [begin + first, ...more.map((line) => ' '.repeat(left + 2) + line)].join('\n')
  })
  return `${title}:\n${lines.join('\n')}\n`
}

const paragraph = (text: string, { columns }: HelpFor) =>
  text
    .split('\n')
    .flatMap((one) => wrap(one, columns))
    .join('\n')

/** Splits a text into lines of at most so many characters. Only a longer word exceeds them. */
function wrap(text: string, columns: number | undefined): string[] {
  if (columns === undefined) return [text]
  const width = Math.max(30, columns)
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
