import { following } from './parse.ts'
import type { Command, Option, Values } from './command.ts'
import { everywhere } from './everywhere.ts'

/** What can stand at the cursor: words with their descriptions, or the name of a file. */
export interface Completions {
  words: { word: string; help: string }[]
  files: boolean
}

/** `words` are the words after the program. The last one is being typed, and may be empty. */
export function complete(words: readonly string[], commands: readonly Command[]): Completions {
  const { typed, before, isApart } = together(words)
  const all = [...everywhere, ...commands.flatMap(({ options = [] }) => options)]
  const named = (word: string | undefined) => all.find(({ name }) => `--${name}` === word)
  // The values of options are not words of the command.
  const plain = before.filter(
    (word, at) => !word.startsWith('-') && named(before[at - 1])?.value === undefined,
  )
  const command = commands
    .filter(({ name }) => name.split(' ').every((word, at) => plain[at] === word))
    .toSorted((a, b) => b.name.length - a.name.length)[0]

  const asking = named(before.at(-1))
  if (asking?.value !== undefined) return from(asking.values, typed)
  const [, flag, value = ''] = /^(--[^=]+)=(.*)$/s.exec(typed) ?? []
  if (flag !== undefined) return from(named(flag)?.values, value, isApart ? '' : `${flag}=`)
  if (typed.startsWith('-')) return optionsFor(command, before, typed)
  if (plain[0] === 'help') return namesAfter(plain.slice(1), typed, commands)
  if (!command) return namesAfter(plain, typed, commands)
  const { parameters = [] } = command
  const at = plain.length - command.name.split(' ').length
  const last = parameters.at(-1)
  return from((parameters[at] ?? (last?.many ? last : undefined))?.values, typed)
}

/** bash splits `--only=py` at the `=`, and replaces only the part after it. */
function together(words: readonly string[]): { typed: string; before: string[]; isApart: boolean } {
  const whole: string[] = []
  let isApart = false
  for (const [at, word] of words.entries()) {
    const last = whole.at(-1)
    const begins = word === '=' && last !== undefined && /^--[^=]+$/.test(last)
    const goesOn: boolean = isApart && words[at - 1] === '='
    isApart = begins || goesOn
    if (isApart) whole.push(`${whole.pop()}${word}`)
    else whole.push(word)
  }
  return { typed: whole.at(-1) ?? '', before: whole.slice(0, -1), isApart }
}

const matching = (typed: string, words: Completions['words']): Completions => ({
  words: words.filter(({ word }) => word.startsWith(typed)),
  files: false,
})

/** `before` is the part of the same word before the value. */
function from(values: Values | undefined, typed: string, before = ''): Completions {
  if (values === 'path' || values === 'place') return { words: [], files: true }
  return matching(
    before + typed,
    (values ?? []).map((word) => ({ word: before + word, help: '' })),
  )
}

function optionsFor(command: Command | undefined, before: string[], typed: string): Completions {
  const options: readonly Option[] = [...(command?.options ?? []), ...everywhere]
  const given = new Set(before.map((word) => word.replace(/=.*/s, '')))
  const left = options.filter(({ name }) => !given.has(`--${name}`))
  return matching(
    typed,
    left.map(({ name, help }) => ({ word: `--${name}`, help })),
  )
}

function namesAfter(words: string[], typed: string, commands: readonly Command[]): Completions {
  const next = [...new Set(following(words, commands))]
  return matching(
    typed,
    next.map((word) => {
      const name = [...words, word].join(' ')
      const whole = commands.find((one) => one.name === name)
      const group = commands.filter((one) => one.name.startsWith(`${name} `)).map((one) => one.name)
      return { word, help: whole?.summary ?? group.join(', ') }
    }),
  )
}
