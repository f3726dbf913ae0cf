import { nowSeconds } from '../../common/clock.ts'
import { tokensOf } from '../../contract/costs.ts'
import type { RunState, RunUsage, StoredRun } from '../../contract/runs.ts'
import { noUsage, sumUsage } from '../../contract/usage.ts'
import type { Transaction } from '../database.ts'
import { assistantOf } from '../insert-runs.ts'
import { addUsage } from './usage.ts'

type Counted = NonNullable<RunState['counted']>

interface Counting {
  /** What of the run is counted when `count` is on disk. It belongs into the state of the run, in the same transaction. */
  counted: Counted
  count: (tx: Transaction) => void
}

/** Counts a turn that has ended, in the transaction that writes it. */
export const countTurn = (run: StoredRun, usage: RunUsage): Counting =>
  countTo(run, {
    requests: run.state.model_requests ?? 0,
    usage: sumUsage([run.state.counted?.usage ?? null, usage]),
  })

/** Counts what of these sums of a run is not counted yet. It stays when the run is deleted. */
export function countTo(
  { project, api_key, request, state: { counted: before = nothing } }: StoredRun,
  counted: Counted,
): Counting {
  const at = nowSeconds()
  const [all, old] = [tokensOf(counted.usage), tokensOf(before.usage)]
  const used = {
    requests: counted.requests - before.requests,
    input_tokens: all.input_tokens - old.input_tokens,
    cached_tokens: all.cached_tokens - old.cached_tokens,
    output_tokens: all.output_tokens - old.output_tokens,
    reasoning_tokens: all.reasoning_tokens - old.reasoning_tokens,
  }
  const { model } = request
  return {
    counted,
    count(tx) {
      if (used.requests === 0 && used.input_tokens === 0) return
      addUsage(tx, {
        project,
        minute: at - (at % 60),
        api_key,
        model,
        assistant_id: assistantOf({ request }),
        ...used,
      })
    },
  }
}

const nothing: Counted = { requests: 0, usage: noUsage }
