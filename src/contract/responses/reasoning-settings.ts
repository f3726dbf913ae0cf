import { z } from 'zod'
import { oneOf } from '../list-values.ts'
import { optional, refuseWhen } from '../limits.ts'
import { object } from '../objects.ts'
import { reasoningEffort, type ReasoningEffort } from '../response-format.ts'
import { notOneOf, reading, wrongType } from './refused.ts'

const efforts = reasoningEffort.options
/** What the original named where it was given a number. */
const namedForNumbers = ['minimal', 'low', 'medium', 'high']

const effort = reading((value): ReasoningEffort => {
  const known = efforts.find((one) => one === value)
  if (known) return known
  if (typeof value === 'string') throw notOneOf([], value, efforts)
  if (Number.isInteger(value)) throw wrongType([], `one of ${oneOf(namedForNumbers)}`, value)
  throw wrongType([], `one of one of ${oneOf(efforts)} or integer`, value)
})

/** Takes the values of the original, and refuses all but the one that stands for how this server works anyway. */
const only = <Value extends string>(served: Value, others: readonly string[]) =>
  optional(
    z.enum([served, ...others]).check(
      refuseWhen((value) =>
        value === served
          ? undefined
          : {
              code: 'unsupported_value',
              message: `Unsupported value: '${value}' is not supported by this server. Supported values are: '${served}'.`,
            },
      ),
    ),
  )

export const reasoningSettings = optional(
  object({
    effort: optional(effort),
    summary: optional(z.enum(['concise', 'detailed', 'auto'])),
    context: only('auto', ['current_turn', 'all_turns']),
    mode: only('standard', ['pro']),
    // An older name of the summary, which the original no longer knew. Clients have it in their types.
    generate_summary: optional(z.unknown()).check(
      refuseWhen((value) =>
        value === undefined
          ? undefined
          : { code: 'unknown_parameter', message: "Unknown parameter: '{param}'." },
      ),
    ),
  }),
)
