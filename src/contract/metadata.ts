import { z } from 'zod'
import { countCharacters, refuseWhen, text, withDefault } from './limits.ts'

/** At most 16 pairs, keys of at most 64 characters, values strings of at most 512. */
export type Metadata = Record<string, string>

const pairs = 16
const keyLength = 64

/** Of an object's keys: not too many, none too long. */
export const fewPairs = <T extends Record<string, unknown>>() =>
  refuseWhen<T>((value) => {
    const keys = Object.keys(value)
    if (keys.length > pairs)
      return {
        code: 'object_above_max_properties',
        message: `Invalid '{param}': too many properties. Expected an object with at most ${pairs} properties, but got an object with ${keys.length} properties instead.`,
      }
    const long = keys.find((key) => key.length > keyLength && countCharacters(key) > keyLength)
    if (long === undefined) return undefined
    return {
      code: 'property_name_above_max_length',
      message: `Invalid '{param}': property name too long. Expected a property name with maximum length ${keyLength}, but got a property name with length ${countCharacters(long)} instead.`,
    }
  })

export const metadata = z.record(z.string(), text(512)).check(fewPairs<Metadata>())

/** Never null on the way out, so `{}` from the start. */
export const metadataOrEmpty = withDefault(metadata, {})
