import { z } from 'zod'

/**
 * The limits of the wire with the wire's own texts. `{param}` in a message stands for the place of the value,
 * which only the reader of the whole input knows (http/input.ts).
 */
export interface Refusal {
  code: string | null
  message: string
  /** Further down than the value itself: a key, an index. */
  path?: (string | number)[]
}

/** A check that answers with the first thing that is wrong, or nothing. */
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

/** Characters are code points: the original counted them in Python. */
export const countCharacters = (value: string): number => {
  let count = 0
  for (const _ of value) count++
  return count
}

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

/** A name as functions and JSON schemas have it. */
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

export const list = <Item extends z.ZodType>(item: Item, max: number, min = 0) =>
  z.array(item).check(
    refuseWhen((value) => {
      if (value.length > max)
        return {
          code: 'array_above_max_length',
          message: `Invalid '{param}': array too long. Expected an array with maximum length ${max}, but got an array with length ${value.length} instead.`,
        }
      if (value.length < min)
        return {
          code: value.length === 0 ? 'empty_array' : 'array_below_min_length',
          message:
            value.length === 0
              ? `Invalid '{param}': empty array. Expected an array with minimum length ${min}, but got an empty array instead.`
              : `Invalid '{param}': array too short. Expected an array with minimum length ${min}, but got an array with length ${value.length} instead.`,
        }
      return undefined
    }),
  )

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

/** A field that may be left out, where null says the same as leaving it out. */
export const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => value ?? undefined)

/** The same with what the field is when it was left out. */
export const withDefault = <Schema extends z.ZodType>(schema: Schema, value: z.output<Schema>) =>
  schema.nullish().transform((given): z.output<Schema> => (given ?? value) as z.output<Schema>)

/** An id in a body; ids in paths are judged by http/input.ts with the same text. */
export const idBeginningWith = (prefix: string) =>
  z.string().check(
    refuseWhen((value) =>
      value.startsWith(prefix)
        ? undefined
        : {
            code: 'invalid_value',
            message: `Invalid '{param}': '${value.slice(0, 100)}'. Expected an ID that begins with '${prefix}'.`,
          },
    ),
  )
