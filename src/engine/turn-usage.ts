import type { LanguageModelV4CallOptions, LanguageModelV4Usage } from '@ai-sdk/provider'
import type { RunUsage } from '../contract/runs.ts'
import { estimateTokens } from '../models/tokens.ts'

/**
 * The cost of a turn. A number of the provider is used when it can be true: it is rounded to a whole number, it must
 * not be negative, and it must not be zero for a prompt or for an answer with text. All other numbers are estimated, so
 * that budgets work.
 */
export function turnUsage(
  reported: LanguageModelV4Usage | undefined,
  options: LanguageModelV4CallOptions,
  said: string,
): RunUsage {
  const prompt = countOf(reported?.inputTokens.total) || promptTokens(options)
  const completion = countOf(reported?.outputTokens.total) || estimateTokens(said)
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_token_details: { cached_tokens: Math.min(countOf(reported?.inputTokens.cacheRead), prompt) },
    completion_tokens_details: { reasoning_tokens: countOf(reported?.outputTokens.reasoning) },
  }
}

/** Larger than any context window, and small enough that the sum of a run's turns is exact. */
const maxCount = 1e12

function countOf(value: unknown): number {
  const rounded = typeof value === 'number' ? Math.round(value) : 0
  return rounded > 0 && rounded < maxCount ? rounded : 0
}

/** Pictures are not counted, because their cost differs from model to model. */
const promptTokens = ({ prompt, tools }: LanguageModelV4CallOptions) =>
  estimateTokens(
    JSON.stringify([prompt, tools ?? []], (key, value: unknown) => (key === 'data' ? undefined : value)),
  )
