import { z } from 'zod'
import { optional, refuseWhen } from '../limits.ts'
import { object } from '../objects.ts'

/** What is read as the original would and then refused. Null stands for a parameter that was left out. */
export const notServed = (schema: z.ZodType = z.unknown()) =>
  optional(schema)
    .check(
      refuseWhen((value) =>
        value === undefined
          ? undefined
          : {
              code: 'unsupported_parameter',
              message: "Unsupported parameter: '{param}' is not supported by this server.",
            },
      ),
    )
    .transform(() => undefined)

export const promptCacheOptions = notServed(object({ mode: optional(z.string()), ttl: optional(z.string()) }))
