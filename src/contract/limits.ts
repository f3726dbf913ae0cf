import { z } from 'zod'
import { cut } from '../errors/errors.ts'

/**
 * The limits of the API with its own error texts. `{param}` in a message stands for the path of the value, which only
 * the reader of the whole input knows (http/input.ts).
 */
export interface Refusal {
  code: string | null
  message: string
  /** A path below the value itself, such as a key or an index. */
  path?: (string | number)[]
}

/** A check that reports the first problem, if there is one. */
export const refuseWhen =
  <T>(judge: (value: T) => Refusal | undefined) =>
  (context: z.core.ParsePayload<T>) => {
    const refusal = judge(context.value)
    if (!refusal) return
    context.issues.push({
      code: 'custom',
      input: context.value,
      message: refusal.message,
      path: refusal.path ?? [],
      params: { code: refusal.code },
    })
  }

/** Characters are code points, because the original counted them in Python. So a surrogate pair counts as one. */
export const countCharacters = (value: string): number => {
  let count = value.length
  for (let at = 1; at < value.length; at++) {
    if (isLow(value.charCodeAt(at)) && isHigh(value.charCodeAt(at - 1))) count--
  }
  return count
}

const isHigh = (unit: number) => unit >= 0xd800 && unit < 0xdc00
const isLow = (unit: number) => unit >= 0xdc00 && unit < 0xe000

/** At most `max` characters. */
export const text = (max: number) => z.string().check(refuseWhen((value) => tooLong(value, max)))

export const tooLong = (value: string, max: number): Refusal | undefined => {
  if (value.length <= max) return undefined
  const length = countCharacters(value)
  if (length <= max) return undefined
  return {
    code: 'string_above_max_length',
    message: `Invalid '{param}': string too long. Expected a string with maximum length ${max}, but got a string with length ${length} instead.`,
  }
}

export const nonEmptyText = (max: number) =>
  z.string().check(
    refuseWhen((value) =>
      value === ''
        ? {
            code: 'empty_string',
            message:
              "Invalid '{param}': empty string. Expected a string with minimum length 1, but got an empty string instead.",
          }
        : tooLong(value, max),
    ),
  )

/** A name of a function or a JSON schema. */
export const name = nonEmptyText(64).check(
  refuseWhen((value) =>
    /^[a-zA-Z0-9_-]+$/.test(value)
      ? undefined
      : {
          code: 'invalid_value',
          message:
            "Invalid '{param}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
        },
  ),
)

/** A list that is too long is refused before its items are validated. http/refusal.ts has the error texts. */
export const list = <Item extends z.ZodType>(item: Item, max: number, min = 0) =>
  z.array(item).max(max).min(min)

export const tooManyItems = (max: number, count: number): Refusal => ({
  code: 'array_above_max_length',
  message: `Invalid '{param}': array too long. Expected an array with maximum length ${max}, but got an array with length ${count} instead.`,
})

export const tooFewItems = (min: number, count: number): Refusal =>
  count === 0
    ? {
        code: 'empty_array',
        message: `Invalid '{param}': empty array. Expected an array with minimum length ${min}, but got an empty array instead.`,
      }
    : {
        code: 'array_below_min_length',
        message: `Invalid '{param}': array too short. Expected an array with minimum length ${min}, but got an array with length ${count} instead.`,
      }

const within = (kind: 'integer' | 'decimal', min: number, max: number) => (value: number) => {
  if (value > max)
    return {
      code: `${kind}_above_max_value`,
      message: `Invalid '{param}': ${kind} above maximum value. Expected a value <= ${max}, but got ${value} instead.`,
    }
  if (value < min)
    return {
      code: `${kind}_below_min_value`,
      message: `Invalid '{param}': ${kind} below minimum value. Expected a value >= ${min}, but got ${value} instead.`,
    }
  return undefined
}

export const integer = (min: number, max = Number.MAX_SAFE_INTEGER) =>
  z.int().check(refuseWhen(within('integer', min, max)))

export const decimal = (min: number, max: number) => z.number().check(refuseWhen(within('decimal', min, max)))

/** A field that may be left out. Null means the same as leaving it out. */
export const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => value ?? undefined)

/** An optional field with a default value. */
export const withDefault = <Schema extends z.ZodType>(schema: Schema, value: z.output<Schema>) =>
  schema.nullish().transform((given): z.output<Schema> => (given ?? value) as z.output<Schema>)

/** An id in a body. Ids in paths are checked by http/input.ts, with the same error text. */
export const idBeginningWith = (prefix: string) =>
  z.string().check(
    refuseWhen((value) =>
      value.startsWith(prefix)
        ? undefined
        : {
            code: 'invalid_value',
            message: `Invalid '{param}': '${cut(value)}'. Expected an ID that begins with '${prefix}'.`,
          },
    ),
  )
