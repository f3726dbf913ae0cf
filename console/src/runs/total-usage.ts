import type { RunUsage } from '../../../src/contract/runs.ts'
import type { ModelTurn } from '../api/runs.ts'

/** What the turns of a run have used so far: the run itself says it when it is over. Undefined when nothing is known. */
export function totalUsage(turns: ModelTurn[]): RunUsage | undefined {
  const known = turns.flatMap(({ usage }) => usage ?? [])
  if (known.length === 0) return undefined
  const sum = (of: (usage: RunUsage) => number) => known.reduce((total, usage) => total + of(usage), 0)
  return {
    prompt_tokens: sum((usage) => usage.prompt_tokens),
    completion_tokens: sum((usage) => usage.completion_tokens),
    total_tokens: sum((usage) => usage.total_tokens),
    prompt_token_details: { cached_tokens: sum((usage) => usage.prompt_token_details.cached_tokens) },
    completion_tokens_details: {
      reasoning_tokens: sum((usage) => usage.completion_tokens_details.reasoning_tokens),
    },
  }
}
