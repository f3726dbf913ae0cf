import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { closest } from './closest.ts'
import { UsageError, type Command, type Given, type Option, type Parameter } from './command.ts'
import { everywhere } from './everywhere.ts'

export interface Parsed {
  command: Command
  given: Given
}

/** A parsed line, or what to show instead: the help of some words, or the version. */
export type Line = Parsed | { help: string } | { version: true }

/** A word as it is meant. Throws UsageError where it is none that can stand there. */
type Read = (word: string, what: Option | Parameter) => string

interface Token {
  name: string
  /** As it was typed, with its dashes. */
  rawName: string
  value: string | undefined
  /** Whether the value was joined to it: `--store=x`. */
  inlineValue: boolean | undefined
}

/** Understands a command line, without its program. Paths are found from `folder`. Throws UsageError. */
export function parse(args: string[], commands: readonly Command[], folder = ''): Line {
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
  if (options.some(({ name }) => name === 'version')) return { version: true }

  const command = words.length === 0 && asksHelp ? undefined : find(words, commands)
  if (!asksHelp) refuseUnknown(command ? [command] : commands, options)
  if (!command || asksHelp) {
    const known = command?.name ?? groupOf(words, commands)
    if (asksHelp) return { help: known }
    throw new UsageError(
      `"${known}" needs one more word: ${following(known.split(' '), commands).join(', ')}`,
      known,
    )
  }
  const rest = words.length === 0 ? [] : words.slice(command.name.split(' ').length)
  const read: Read = (word, { name, values }) => {
    if (values === 'path' && word !== '') return resolve(folder, word)
    if (values !== 'path' && (values === undefined || values.includes(word))) return word
    const allowed = values === 'path' ? 'the path of a file or a folder' : values.join(', ')
    throw new UsageError(`${name} is '${word}'; it can be ${allowed}`, command.name)
  }
  return {
    command,
    given: given(command, readParameters(command, rest, read), readOptions(command, options, read)),
  }
}

/** Of all commands at once, since the parser has to know which options take a value before it knows the command. */
function optionsOf(commands: readonly Command[]) {
  const all = [...everywhere, ...commands.flatMap(({ options = [] }) => options)]
  return Object.fromEntries(
    all.map(({ name, short, value }) => [
      name,
      { type: value ? ('string' as const) : ('boolean' as const), ...(short && { short }), multiple: true },
    ]),
  )
}

/** The command that the words begin with; the server itself where there are none. */
function find(words: string[], commands: readonly Command[]): Command | undefined {
  if (words.length === 0) return commands.find(({ name }) => name === 'serve')
  const [longest] = commands
    .filter(({ name }) => name.split(' ').every((word, at) => word === words[at]))
    .toSorted((a, b) => b.name.length - a.name.length)
  return longest
}

/** The words that commands begin with, where no command is whole. Throws UsageError where there is none such. */
export function groupOf(words: string[], commands: readonly Command[]): string {
  let group: string[] = []
  for (const word of words) {
    const next = [...new Set(following(group, commands))]
    if (next.includes(word)) {
      group = [...group, word]
      continue
    }
    const known = group.join(' ')
    const meant = closest(word, next)
    const whole = (last: string) => `'${[...group, last].join(' ')}'`
    const suggestion =
      meant !== undefined
        ? `; did you mean ${whole(meant)}?`
        : group.length > 0 && next.length > 0
          ? `; there is ${next.map(whole).join(', ')}`
          : ''
    throw new UsageError(`unknown command ${whole(word)}${suggestion}`, known)
  }
  return group.join(' ')
}

/** The words that can follow these in the name of a command. */
export const following = (words: string[], commands: readonly Command[]): string[] =>
  commands
    .filter(({ name, hidden }) => !hidden && words.every((word, at) => name.split(' ')[at] === word))
    .flatMap(({ name }) => name.split(' ')[words.length] ?? [])

/** Before anything else is asked: a misspelt option leaves its value among the words. */
function refuseUnknown(commands: readonly Command[], tokens: Token[]): void {
  const known = [...commands.flatMap(({ options = [] }) => options), ...everywhere].map(({ name }) => name)
  const unknown = tokens.find((token) => !known.includes(token.name))
  if (!unknown) return
  const meant = closest(unknown.name, known)
  const suggestion = meant === undefined ? '' : `; did you mean '--${meant}'?`
  const name = commands.length === 1 ? commands[0]?.name : undefined
  const of = name === undefined ? '' : ` of "${name}"`
  throw new UsageError(`unknown option '${unknown.rawName}'${of}${suggestion}`, name)
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
  if (left !== undefined) throw new UsageError(`"${name}" takes no '${left}'`, name)
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
    // Another option, most likely, whose dashes would otherwise become the value.
    const isOption = value?.startsWith('-') && inlineValue !== true
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
