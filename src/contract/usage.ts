import type { RunUsage } from './runs.ts'

export const noUsage: RunUsage = {
  prompt_tokens: 0,
  completion_tokens: 0,
  total_tokens: 0,
  prompt_token_details: { cached_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0 },
}

/** The usage of a run is exactly the sum of its steps. */
export const sumUsage = (parts: (RunUsage | null)[]): RunUsage =>
  parts.reduce<RunUsage>(
    (sum, part) =>
      part === null
        ? sum
        : {
            prompt_tokens: sum.prompt_tokens + part.prompt_tokens,
            completion_tokens: sum.completion_tokens + part.completion_tokens,
            total_tokens: sum.total_tokens + part.total_tokens,
            prompt_token_details: {
              cached_tokens: sum.prompt_token_details.cached_tokens + part.prompt_token_details.cached_tokens,
            },
            completion_tokens_details: {
              reasoning_tokens:
                sum.completion_tokens_details.reasoning_tokens +
                part.completion_tokens_details.reasoning_tokens,
            },
          },
    noUsage,
  )
