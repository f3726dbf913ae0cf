import type { LanguageModelV4CallOptions, LanguageModelV4Usage } from '@ai-sdk/provider'
import type { RunUsage } from '../contract/runs.ts'
import { noUsage } from '../contract/usage.ts'
import { estimateTokens } from '../models/tokens.ts'

/**
 * The cost of a turn. A number of the provider is used when it can be true: it is rounded to a whole number, it must
 * not be negative, and it must not be zero for a prompt or for an answer with text. All other numbers are estimated, so
 * that budgets work.
 */
export const turnUsage = (
  reported: LanguageModelV4Usage | undefined,
  options: LanguageModelV4CallOptions,
  said: string,
): RunUsage => usageOf(reported, () => promptTokens(options), said)

/**
 * The cost of the request that is under way for an answer. Most answers need one, some several, and what is not told of one is
 * estimated from what the model has said since it was sent.
 */
export class RequestUsage {
  #promptTokens: () => number
  #said = ''
  #isSent = true

  constructor(options: LanguageModelV4CallOptions) {
    this.#promptTokens = () => promptTokens(options)
  }

  /** The model has said this, or thought it, or written it into a call. */
  say(text: string): void {
    this.#said += text
  }

  /** What it has used. Nothing where it waits to be sent. */
  of(reported?: LanguageModelV4Usage): RunUsage {
    return this.#isSent ? usageOf(reported, this.#promptTokens, this.#said) : noUsage
  }

  /** The request is over, and the next one, which is sent when `wait` resolves, has all of it in its prompt. */
  async goOn(reported: LanguageModelV4Usage, wait: (used: RunUsage) => Promise<void>): Promise<void> {
    const used = this.of(reported)
    this.#promptTokens = () => used.total_tokens
    this.#said = ''
    this.#isSent = false
    await wait(used)
    this.#isSent = true
  }
}

function usageOf(reported: LanguageModelV4Usage | undefined, ofPrompt: () => number, said: string): RunUsage {
  const prompt = countOf(reported?.inputTokens.total) || ofPrompt()
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
