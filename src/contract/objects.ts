import { z } from 'zod'
import { countCharacters, type Refusal } from './limits.ts'

/** PHP writes an empty object as `[]`, so an empty list is accepted where an object is expected. */
const fromEmptyList = (value: unknown): unknown => (Array.isArray(value) && value.length === 0 ? {} : value)

interface Kind {
  // oxlint-disable-next-line typescript/no-explicit-any -- as zod declares it: each kind has a definition of its own
  init(schema: any, definition: any): void
}

/**
 * A kind of schema that also reads an empty list as an object. It is a kind of its own, so that the schema still does
 * so after checks and extensions were added.
 */
const readingEmptyLists = (name: string, kind: Kind) =>
  z.core.$constructor<z.ZodType>(name, (schema, definition) => {
    kind.init(schema, definition)
    const parse = schema._zod.parse.bind(schema._zod)
    schema._zod.parse = (payload, context) => {
      payload.value = fromEmptyList(payload.value)
      return parse(payload, context)
    }
  })

const WireObject = readingEmptyLists('WireObject', z.ZodObject)
const WireVariants = readingEmptyLists('WireVariants', z.ZodDiscriminatedUnion)

/** An object with these fields. Other fields are refused. */
export const object = <Shape extends z.core.$ZodShape>(shape: Shape) =>
  new WireObject({
    type: 'object',
    shape,
    catchall: z.never(),
  } as z.core.$ZodTypeDef) as unknown as z.ZodObject<Shape, z.core.$strict>

/** One of several objects. The field `type` tells which. */
export const variants = <Options extends readonly z.core.$ZodTypeDiscriminable[]>(...options: Options) =>
  new WireVariants({
    type: 'union',
    options,
    discriminator: 'type',
    inclusive: false,
  } as z.core.$ZodTypeDef) as unknown as z.ZodDiscriminatedUnion<Options, 'type'>

const maxPairs = 16
const maxKeyLength = 64

interface PairsDefinition extends z.core.$ZodTypeDef {
  type: 'record'
  valueType: z.core.$ZodType
}

interface PairsInternals<Value> extends z.core.$ZodTypeInternals<Record<string, Value>> {
  def: PairsDefinition
}

interface Pairs<Value> extends z.ZodType {
  _zod: PairsInternals<Value>
}

/**
 * All keys are checked before any value. Unlike in a record of zod, which drops it, `__proto__` is a key like others.
 */
const Pairs = z.core.$constructor<Pairs<unknown>>('Pairs', (schema, definition) => {
  z.ZodType.init(schema, definition)
  schema._zod.parse = (payload, context) => {
    const given = fromEmptyList(payload.value)
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      payload.issues.push({ code: 'invalid_type', expected: 'record', input: given, inst: schema })
      return payload
    }
    const entries = Object.entries(given)
    const refusal = wrongKeys(entries)
    if (refusal) {
      const { message, code } = refusal
      payload.issues.push({ code: 'custom', input: given, message, params: { code }, inst: schema })
      return payload
    }
    const parsed = entries.map(([key, value]): [string, unknown] => {
      const result = definition.valueType._zod.run({ value, issues: [] }, context) as z.core.ParsePayload
      payload.issues.push(...z.core.util.prefixIssues(key, result.issues))
      return [key, result.value]
    })
    payload.value = Object.fromEntries(parsed)
    return payload
  }
})

/** An object with any keys, such as metadata and attributes: at most 16 keys of at most 64 characters. */
export const pairs = <Value extends z.ZodType>(valueType: Value) =>
  new Pairs({ type: 'record', valueType }) as unknown as z.ZodType<Record<string, z.output<Value>>>

export const tooManyPairs = (count: number): Refusal | undefined =>
  count <= maxPairs
    ? undefined
    : {
        code: 'object_above_max_properties',
        message: `Invalid '{param}': too many properties. Expected an object with at most ${maxPairs} properties, but got an object with ${count} properties instead.`,
      }

function wrongKeys(entries: [string, unknown][]): Refusal | undefined {
  const tooMany = tooManyPairs(entries.length)
  if (tooMany) return tooMany
  const long = entries.find(([key]) => key.length > maxKeyLength && countCharacters(key) > maxKeyLength)?.[0]
  if (long === undefined) return undefined
  return {
    code: 'property_name_above_max_length',
    message: `Invalid '{param}': property name too long. Expected a property name with maximum length ${maxKeyLength}, but got a property name with length ${countCharacters(long)} instead.`,
  }
}
