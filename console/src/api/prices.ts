import { useQuery } from '@tanstack/react-query'
import type { Price } from '../../../src/contract/models.ts'
import type { RunUsage } from '../../../src/contract/runs.ts'
import { useClient } from './client.ts'
import { modelsQuery } from './models.ts'

/**
 * The price of the first of these names that has one. Null when none has: a cost is never a guess. Undefined while the prices
 * load.
 */
export function usePrice(...names: (string | undefined)[]): Price | null | undefined {
  const { data } = useQuery(modelsQuery(useClient()))
  for (const name of names) {
    const price = data?.find(({ id }) => id === name)?.price
    if (price) return price
  }
  return data && null
}

export function costOf(usage: RunUsage, price: Price): number {
  const cached = usage.prompt_token_details.cached_tokens
  const reasoning = usage.completion_tokens_details.reasoning_tokens
  return (
    ((usage.prompt_tokens - cached) * price.input +
      cached * (price.cached_input ?? price.input) +
      (usage.completion_tokens - reasoning) * price.output +
      reasoning * (price.reasoning ?? price.output)) /
    1_000_000
  )
}
