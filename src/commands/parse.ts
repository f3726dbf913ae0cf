import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { closest } from './closest.ts'
import { UsageError, type Command, type Given, type Option, type Parameter } from './command.ts'
import { everywhere } from './everywhere.ts'

export interface Parsed {
  command: Command
  given: Given
}

/** A parsed command line, or what to show instead: the help for some words, or the version. */
export type ParsedLine = Parsed | { help: string } | { version: true }

/** Converts a word to a value. Throws UsageError if the word is not allowed there. */
type Read = (word: string, what: Option | Parameter) => string

interface Token {
  name: string
  /** The option as it was typed, with its dashes. */
  rawName: string
  value: string | undefined
  /** Whether the value was joined to the option: `--store=x`. */
  inlineValue: boolean | undefined
}

/** Parses a command line without its program. Relative paths start at `folder`. Throws UsageError. */
export function parseCommandLine(args: string[], commands: readonly Command[], folder = ''): ParsedLine {
  const { tokens } = parseArgs({
    args,
    tokens: true,
    strict: false,
    allowPositionals: true,
    options: optionsOf(commands),
  })
  const words = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []))
  const options = tokens.filter((token) => token.kind === 'option')
  const asksHelp = options.some(({ name }) => name === 'help')
  const shown = options.find(({ name }) => name === 'help' || name === 'version')
  if (shown?.value !== undefined) throw new UsageError(`${shown.rawName} takes no value`)
  if (options.some(({ name }) => name === 'version')) return { version: true }

  const command = words.length === 0 && asksHelp ? undefined : find(words, commands)
  if (!asksHelp) refuseUnknown(command, options, commands)
  if (!command || asksHelp) {
    const known = command?.name ?? commandGroupOf(words, commands)
    if (asksHelp) return { help: known }
    throw new UsageError(
      `"${known}" needs one more word: ${following(known.split(' '), commands).join(', ')}`,
      known,
    )
  }
  const rest = words.length === 0 ? [] : words.slice(command.name.split(' ').length)
  const read: Read = (word, what) => {
    const { values } = what
    if ('stdin' in what && word === '-') return word
    if (values === 'place') return /^[a-z][a-z\d+.-]+:\/\//i.test(word) ? word : resolve(folder, word)
    if (values === 'path' && word !== '') return resolve(folder, word)
    if (values !== 'path' && (values === undefined || values.includes(word))) return word
    const allowed = values === 'path' ? 'the path of a file or a folder' : values.join(', ')
    const isOption = command.parameters?.every((one) => one !== what) ?? true
    const problem = `${isOption ? '--' : ''}${what.name} is '${word}'; it can be ${allowed}`
    throw new UsageError(problem + didYouMean(values === 'path' ? [] : values, word), command.name)
  }
  return {
    command,
    given: given(command, readParameters(command, rest, read), readOptions(command, options, read)),
  }
}

/** Options of all commands, because the parser must know which ones take a value before it knows the command. */
function optionsOf(commands: readonly Command[]) {
  const all = [...everywhere, ...commands.flatMap(({ options = [] }) => options)]
  return Object.fromEntries(
    all.map(({ name, short, value }) => [
      name,
      { type: value ? ('string' as const) : ('boolean' as const), ...(short && { short }), multiple: true },
    ]),
  )
}

/** The command that the words begin with. Without words, it is the one that starts the server. */
function find(words: string[], commands: readonly Command[]): Command | undefined {
  if (words.length === 0) return commands.find(({ name }) => name === 'serve')
  const [longest] = commands
    .filter(({ name }) => name.split(' ').every((word, at) => word === words[at]))
    .toSorted((a, b) => b.name.length - a.name.length)
  return longest
}

/**
 * Returns the words if commands begin with them, but they name no complete command. Throws UsageError if none begins
 * so.
 */
export function commandGroupOf(words: string[], commands: readonly Command[]): string {
  let group: string[] = []
  for (const word of words) {
    const next = [...new Set(following(group, commands))]
    if (next.includes(word)) {
      group = [...group, word]
      continue
    }
    const known = group.join(' ')
    const whole = (last: string) => `'${[...group, last].join(' ')}'`
    const suggestion =
      didYouMean(next, word, known && `${known} `) ||
      (group.length === 0
        ? elsewhere(word, commands)
        : next.length > 0 && `; there is ${next.map(whole).join(', ')}`) ||
      ''
    throw new UsageError(`unknown command ${whole(word)}${suggestion}`, known)
  }
  return group.join(' ')
}

/** Returns `add` for `files add`, and `version` for `--version`. */
function elsewhere(word: string, commands: readonly Command[]): string {
  const named = commands.filter(({ name, hidden }) => !hidden && name.split(' ').slice(1).includes(word))
  const options = everywhere.filter(({ name }) => name === word).map(({ name }) => `--${name}`)
  const meant = [...named.map(({ name }) => name), ...options].map((one) => `'${one}'`)
  return meant.length === 0 ? '' : `; did you mean ${meant.join(' or ')}?`
}

/** The words that can come next in the name of a command. */
export const following = (words: string[], commands: readonly Command[]): string[] =>
  commands
    .filter(({ name, hidden }) => !hidden && words.every((word, at) => name.split(' ')[at] === word))
    .flatMap(({ name }) => name.split(' ')[words.length] ?? [])

/** Suggests a similar word, as the end of a sentence. Returns '' if none is similar. */
function didYouMean(known: readonly string[], word: string, before = ''): string {
  const meant = closest(word, known)
  return meant === undefined ? '' : `; did you mean '${before}${meant}'?`
}

/** Checked first, because the value of a misspelled option looks like another word. */
function refuseUnknown(command: Command | undefined, tokens: Token[], commands: readonly Command[]): void {
  const possible = command ? [command] : commands
  const namesOf = (options: readonly Option[]) => options.map(({ name }) => name)
  const known = [...possible.flatMap(({ options = [] }) => namesOf(options)), ...namesOf(everywhere)]
  const unknown = tokens.find((token) => !known.includes(token.name))
  if (!unknown) return
  const owners = commands.filter(({ options = [] }) => options.some(({ name }) => name === unknown.name))
  const suggestion =
    owners.length > 0
      ? `; it is one of ${owners.map(({ name }) => `"${name}"`).join(', ')}`
      : didYouMean(known, unknown.name, '--') || byLetter(command ? known : namesOf(everywhere), unknown)
  const of = command ? ` of "${command.name}"` : ''
  throw new UsageError(`unknown option '${unknown.rawName}'${of}${suggestion}`, command?.name)
}

/** Returns `-p` for `--port`. */
function byLetter(known: readonly string[], { name, rawName }: Token): string {
  const meant = rawName.startsWith('--') ? [] : known.filter((one) => one[0] === name[0])
  return meant.length === 0 ? '' : `; did you mean ${meant.map((one) => `'--${one}'`).join(' or ')}?`
}

function readParameters(
  { name, parameters = [] }: Command,
  words: string[],
  as: Read,
): Map<string, string[]> {
  const read = new Map<string, string[]>()
  let at = 0
  for (const parameter of parameters) {
    const taken = words.slice(at, parameter.many ? undefined : at + 1)
    if (taken.length === 0 && !parameter.optional)
      throw new UsageError(`"${name}" needs ${parameter.name}: ${parameter.help}`, name)
    read.set(
      parameter.name,
      taken.map((word) => as(word, parameter)),
    )
    at += taken.length
  }
  const left = words[at]
  if (left !== undefined) {
    const names = parameters.map((one) => one.name).join(' ')
    throw new UsageError(
      `"${name}" takes ${names ? `one ${names}` : 'no words'}: '${left}' is too much`,
      name,
    )
  }
  return read
}

function readOptions({ name, options = [] }: Command, tokens: Token[], as: Read): Map<string, string> {
  const known: readonly Option[] = [...options, ...everywhere]
  const read = new Map<string, string>()
  for (const { name: typed, value, inlineValue } of tokens) {
    const option = known.find((one) => one.name === typed)
    const shown = `--${typed}`
    if (read.has(typed)) throw new UsageError(`${shown} is there twice`, name)
    if (option?.value === undefined) {
      if (value !== undefined) throw new UsageError(`${shown} takes no value`, name)
      read.set(typed, '')
      continue
    }
    // The value is most likely another option, whose dashes would become part of the value.
    const isOption = value !== undefined && /^-\D/.test(value) && inlineValue !== true
    if (value === undefined || value === '' || isOption)
      throw new UsageError(`${shown} needs ${option.value}: ${option.help}`, name)
    read.set(typed, as(value, option))
  }
  const missing = options.find((option) => option.required && !read.has(option.name))
  if (missing)
    throw new UsageError(`"${name}" needs --${missing.name} ${missing.value}: ${missing.help}`, name)
  return read
}

function given({ name }: Command, parameters: Map<string, string[]>, options: Map<string, string>): Given {
  const words = (parameter: string) => {
    const found = parameters.get(parameter)
    if (!found) throw new Error(`${name} has no parameter ${parameter}`)
    return found
  }
  return {
    parameter: (parameter) => words(parameter)[0] ?? '',
    parameters: words,
    option: (option) => options.get(option),
    flag: (option) => options.has(option),
  }
}
