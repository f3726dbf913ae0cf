import { allowsNull, asSchema, plainSchema, propertiesOf, typeOf, type Schema } from './schema.ts'
import { withoutDates } from './find-date.ts'
import { findString, objectsIn } from './find-string.ts'
import { wordsOf } from './words.ts'

/**
 * Fills a JSON Schema from a text. A value that the text does not give is left out, or null, where the schema allows
 * that. Otherwise it is the default of the schema or the simplest value of its type.
 */
export function fill(schema: unknown, text: string, options: FillOptions = {}): unknown {
  return value(schema, '', sourceOf(schema, text, options), true, 0)
}

export interface FillOptions {
  today?: Date
  /** Words of the name of the function, which are not values of its arguments. */
  known?: Set<string>
  /** Whether remaining words of the text may be used as a value. True by default. */
  guess?: boolean
  /** Whether the text must name the chosen value of an enumeration. */
  strict?: boolean
}

/** The names of required arguments that have no default and no value in the text. */
export function missingIn(schema: unknown, text: string, options: FillOptions = {}): string[] {
  const source = sourceOf(schema, text, options)
  value(schema, '', source, true, 0)
  return [...new Set(source.missing)]
}

function sourceOf(
  schema: unknown,
  text: string,
  { today = new Date(), known, guess = true, strict = false }: FillOptions,
): Source {
  const root = asSchema(schema)
  const numbers = withoutDates(text).match(/(?<![\w.-])-?\d+(?:[.,]\d+)*(?![\w-])/g) ?? []
  const words = known && [...known, ...propertiesOf(root).flatMap(({ name }) => [...wordsOf(name)])]
  return {
    text,
    today,
    known: words && new Set(words),
    numbers: numbers.map((found) => found.replaceAll(',', '')),
    root,
    room: 1000,
    guess,
    strict,
    missing: [],
  }
}

interface Source {
  text: string
  today: Date
  /** Numbers in the text that no argument has taken yet. */
  numbers: string[]
  root: Schema
  /** How many values may still be filled, because a schema that contains itself would grow without end. */
  room: number
  known: Set<string> | undefined
  guess: boolean
  strict: boolean
  /** Required arguments that the text does not give, so that their values are made up. */
  missing: string[]
}

/** Undefined when the text says nothing and the argument is not required. */
function value(given: unknown, name: string, source: Source, required: boolean, depth: number): unknown {
  const schema = plainSchema(given, source.root)
  if (Object.hasOwn(schema, 'const')) return schema['const']
  if (depth > 6 || source.room-- <= 0) return null
  const found = Array.isArray(schema['enum'])
    ? findChoice(schema['enum'], source.text)
    : findByType(schema, name, source, required, depth)
  if (found !== undefined || !required) return found
  if (Object.hasOwn(schema, 'default')) return schema['default']
  if (allowsNull(schema)) return null
  if (Array.isArray(schema['enum'])) {
    if (source.strict) source.missing.push(name)
    return schema['enum'][0]
  }
  if (typeOf(schema) !== 'boolean') source.missing.push(name)
  switch (typeOf(schema)) {
    case 'integer':
    case 'number':
      return typeof schema['minimum'] === 'number' ? schema['minimum'] : 1
    case 'boolean':
      return false
    case 'array':
      return Number(schema['minItems']) > 0 ? [value(schema['items'], name, source, true, depth + 1)] : []
    case 'null':
      return null
    default:
      return source.text.trim()
  }
}

function findByType(schema: Schema, name: string, source: Source, required: boolean, depth: number): unknown {
  switch (typeOf(schema)) {
    case 'object': {
      const filled = propertiesOf(schema).flatMap((property): [string, unknown][] => {
        const inside = value(property.schema, property.name, source, property.required, depth + 1)
        return inside === undefined ? [] : [[property.name, inside]]
      })
      // Unlike an assignment, `fromEntries` makes an own property even of `__proto__`.
      return required || filled.length > 0 ? Object.fromEntries(filled) : undefined
    }
    case 'array':
      return findList(schema, name, source, depth)
    case 'integer':
    case 'number':
      return findNumber(schema, name, source)
    case 'boolean':
      return findBoolean(name, source.text)
    case 'null':
      return null
    default:
      return findString(name, schema, source)
  }
}

function findChoice(choices: unknown[], text: string): unknown {
  const spoken = ` ${text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, ' ')} `
  const said = choices.find((choice) => {
    const words = String(choice)
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    return words.trim() && spoken.includes(` ${words.trim()} `)
  })
  if (said !== undefined) return said
  const words = wordsOf(text)
  return choices.find((choice) =>
    [...wordsOf(String(choice))].some((word) => word.length > 2 && words.has(word)),
  )
}

/** The number next to the name of the argument, or otherwise the next number that no other argument has taken. */
function findNumber(schema: Schema, name: string, { text, numbers }: Source): number | undefined {
  const word =
    name
      .split(/[^a-z0-9]+|(?=[A-Z])/i)
      .at(-1)
      ?.toLowerCase() ?? ''
  const lower = text.toLowerCase()
  const near = numbers.find((number) => {
    const at = lower.indexOf(number)
    const around = `${lower.slice(Math.max(0, at - word.length - 6), at)} ${lower.slice(at, at + number.length + word.length + 4)}`
    return word.length > 2 && around.includes(word)
  })
  const found = near ?? numbers[0]
  if (found === undefined) return undefined
  numbers.splice(numbers.indexOf(found), 1)
  return typeOf(schema) === 'integer' ? Math.trunc(Number(found)) : Number(found)
}

function findBoolean(name: string, text: string): boolean | undefined {
  const words = [...wordsOf(name)].filter((word) => !/^(is|has|include|enable|should|with)$/.test(word))
  const mentioned = words.find((word) => wordsOf(text).has(word))
  if (mentioned === undefined) return undefined
  return !new RegExp(`\\b(no|not|without|don't|exclude|disable)\\b[^.?!]{0,20}${mentioned}`, 'i').test(text)
}

function findList(schema: Schema, name: string, source: Source, depth: number): unknown[] | undefined {
  const items = plainSchema(schema['items'], source.root)
  const type = typeOf(items)
  if (Array.isArray(items['enum'])) {
    const said = items['enum'].filter((choice) => findChoice([choice], source.text) !== undefined)
    return said.length > 0 ? said : undefined
  }
  if (type === 'number' || type === 'integer') {
    const numbers = source.numbers.splice(0).map(Number)
    return numbers.length > 0 ? numbers : undefined
  }
  if (type === 'string' || type === undefined) {
    const found = /quer(y|ies)|question/i.test(name) ? [] : objectsIn(source.text)
    if (found.length > 0) return found
    const one = findString(name, items, source)
    return one === undefined ? undefined : [one]
  }
  const one = value(items, name, source, true, depth + 1)
  return one === undefined ? undefined : [one]
}
