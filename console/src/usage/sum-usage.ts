import type { Bucket, CompletionsUsage, Cost } from '../api/usage.ts'
import { groupFields, type UsageView } from './usage-address.ts'

/** What one model, assistant or project has used, or all of them in one bucket of time. */
export interface Sum {
  requests: number
  input: number
  cached: number
  output: number
  reasoning: number
  /** Undefined where no price is known: never a guess. */
  cost: number | undefined
}

export interface GroupSum extends Sum {
  /** The name of the model, or the id of the assistant or project. Null for what is known by neither. */
  name: string | null
}

export interface BucketSum extends Sum {
  /** In Unix seconds. */
  start: number
}

const nothing: Sum = { requests: 0, input: 0, cached: 0, output: 0, reasoning: 0, cost: undefined }

const plus = (sum: Sum, one: CompletionsUsage): Sum => ({
  requests: sum.requests + one.num_model_requests,
  input: sum.input + one.input_tokens,
  cached: sum.cached + one.input_cached_tokens,
  output: sum.output + one.output_tokens,
  reasoning: sum.reasoning + one.output_reasoning_tokens,
  cost: sum.cost,
})

/** A line item is `model, kind`, and names of models may have commas. */
const modelOf = ({ line_item }: Cost) => (line_item ?? '').replace(/, [a-z_]+$/, '')

const costOf = (costs: Cost[]): number | undefined =>
  costs.length === 0 ? undefined : costs.reduce((sum, { amount }) => sum + amount.value, 0)

const resultsOf = <Result>(buckets: Bucket<Result>[]) => buckets.flatMap(({ results }) => results)

/** The largest first. Costs are known by model only. */
export function sumByGroup(
  usage: Bucket<CompletionsUsage>[],
  costs: Bucket<Cost>[],
  by: UsageView['by'],
): GroupSum[] {
  const nameOf = (one: CompletionsUsage) => one[groupFields[by]]
  const costsOf = Map.groupBy(by === 'model' ? resultsOf(costs) : [], modelOf)
  return [...Map.groupBy(resultsOf(usage), nameOf)]
    .map(([name, results]) => ({
      ...results.reduce(plus, nothing),
      name,
      cost: costOf(costsOf.get(name ?? '') ?? []),
    }))
    .toSorted((a, b) => b.input + b.output - (a.input + a.output))
}

/** Costs are in buckets of a day, so buckets of an hour have none. */
export function sumByBucket(
  usage: Bucket<CompletionsUsage>[],
  costs: Bucket<Cost>[],
  width: '1h' | '1d',
): BucketSum[] {
  const costsAt = new Map(width === '1d' ? costs.map(({ start_time, results }) => [start_time, results]) : [])
  return usage.map(({ start_time, results }) => ({
    ...results.reduce(plus, nothing),
    start: start_time,
    cost: costOf(costsAt.get(start_time) ?? []),
  }))
}

export const total = (sums: Sum[]): Sum =>
  sums.reduce(
    (all, one) => ({
      requests: all.requests + one.requests,
      input: all.input + one.input,
      cached: all.cached + one.cached,
      output: all.output + one.output,
      reasoning: all.reasoning + one.reasoning,
      cost: one.cost === undefined ? all.cost : (all.cost ?? 0) + one.cost,
    }),
    nothing,
  )
