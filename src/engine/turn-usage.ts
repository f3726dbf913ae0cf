import type { LanguageModelV4CallOptions, LanguageModelV4Usage } from '@ai-sdk/provider'
import type { RunUsage } from '../contract/runs.ts'
import { estimateTokens } from '../models/tokens.ts'

/**
 * What a turn cost. A provider's numbers count where they can be true: whole ones (1.5 is rounded), not negative, and
 * not zero for a prompt or for an answer that said something. Others are estimated, so that budgets hold.
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

/** Larger than any context window: a sum of a run's turns stays exact. */
const maxCount = 1e12

function countOf(value: unknown): number {
  const rounded = typeof value === 'number' ? Math.round(value) : 0
  return rounded > 0 && rounded < maxCount ? rounded : 0
}

/** Pictures count as little: what they cost differs from model to model. */
const promptTokens = ({ prompt, tools }: LanguageModelV4CallOptions) =>
  estimateTokens(
    JSON.stringify([prompt, tools ?? []], (key, value: unknown) => (key === 'data' ? undefined : value)),
  )
