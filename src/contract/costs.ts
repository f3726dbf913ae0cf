import type { Price } from './models.ts'
import type { ModelTokens } from './response-chain.ts'
import type { RunUsage } from './runs.ts'

/** What was used of one model. */
export type TokenCounts = Omit<ModelTokens, 'model'>

export const tokensOf = (usage: RunUsage): TokenCounts => ({
  input_tokens: usage.prompt_tokens,
  cached_tokens: usage.prompt_token_details.cached_tokens,
  output_tokens: usage.completion_tokens,
  reasoning_tokens: usage.completion_tokens_details.reasoning_tokens,
})

/** Tokens with one price, which is for a million of them. */
export interface PricedTokens {
  kind: 'input_tokens' | 'cached_input_tokens' | 'output_tokens' | 'reasoning_tokens'
  tokens: number
  price: number
}

/** Tokens from a cache, and those of reasoning, are by themselves where they have a price of their own. */
export function pricedTokens(used: TokenCounts, price: Price): PricedTokens[] {
  const { input, cached_input, output, reasoning } = price
  const cached = cached_input === null ? 0 : Math.min(used.cached_tokens, used.input_tokens)
  const thought = reasoning === null ? 0 : Math.min(used.reasoning_tokens, used.output_tokens)
  const kinds: [PricedTokens['kind'], number, number | null][] = [
    ['input_tokens', used.input_tokens - cached, input],
    ['cached_input_tokens', cached, cached_input],
    ['output_tokens', used.output_tokens - thought, output],
    ['reasoning_tokens', thought, reasoning],
  ]
  return kinds.flatMap(([kind, tokens, each]) =>
    tokens > 0 && each !== null ? [{ kind, tokens, price: each }] : [],
  )
}

/** In the currency of the price, not in cents. */
export const costOf = (used: TokenCounts, price: Price): number =>
  pricedTokens(used, price).reduce((sum, { tokens, price: each }) => sum + tokens * each, 0) / 1_000_000
