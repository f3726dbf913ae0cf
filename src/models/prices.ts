import { z } from 'zod'
import type { ListedPrice } from './model.ts'

const amount = z.number().min(0)

/** For a million tokens. */
const price = z.strictObject({
  input: amount,
  cached_input: amount.optional(),
  output: amount,
  reasoning: amount.optional(),
})

/** `prices` in the configuration file. docs/models.md explains it. */
export const prices = z.strictObject({
  currency: z
    .string()
    .regex(/^[a-z]{3}$/, 'expected a currency in three small letters, as in "usd"')
    .default('usd'),
  read_on: z.iso.date('expected a date, as in "2026-11-27"').optional(),
  models: z.record(z.string().min(1), price),
})
export type Prices = z.output<typeof prices>

/** The price of a model that is known by these names. The first name that has a price counts. */
export function priceOf(given: Prices | undefined, names: readonly string[]): ListedPrice | undefined {
  if (!given) return undefined
  // `Object.hasOwn`, because a name comes from a request, and `constructor` has no price.
  const priced = names.find((name) => Object.hasOwn(given.models, name))
  const found = priced === undefined ? undefined : given.models[priced]
  if (!found) return undefined
  const { input, cached_input = null, output, reasoning = null } = found
  return { currency: given.currency, input, cached_input, output, reasoning, read_on: given.read_on ?? null }
}
