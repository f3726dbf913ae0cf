import {
  bucketWidths,
  type BucketPage,
  type CompletionsQuery,
  type CompletionsUsage,
  type Cost,
  type CostsQuery,
} from '../contract/organization-usage.ts'
import { pricedTokens } from '../contract/costs.ts'
import { usageBetween, type UsageRecord } from '../store/usage/usage.ts'
import { countsBetween } from '../store/usage/usage-counts.ts'
import type { ModelPricing } from './context.ts'
import { bucketsOf, isAsked, usageBuckets, type BucketSpan, type UsageScope } from './usage-buckets.ts'

/** How many tokens the models have read and written, also for runs, threads and assistants that are gone. */
export function completionsUsage(
  ctx: UsageScope,
  query: CompletionsQuery,
): Promise<BucketPage<CompletionsUsage>> {
  const { models, api_key_ids, group_by: groups } = query
  const keyOf = (used: UsageRecord) => JSON.stringify(groups.map((group) => valueOf(used, group)))
  return usageBuckets(query, {
    ...bucketsOf(query),
    read: (span) => usageBetween(ctx.db, ctx.project, span),
    show: (used) => {
      const asked = used.filter(
        // There are no batches.
        ({ model, api_key }) =>
          isAsked(models, model) && isAsked(api_key_ids, api_key) && query.batch !== 'true',
      )
      return [...Map.groupBy(asked, keyOf).values()].map((group) => showUsage(group, groups))
    },
  })
}

type Group = CompletionsQuery['group_by'][number]

/** There are no users here, and no batches. */
function valueOf(used: UsageRecord, group: Group): string | boolean | null {
  if (group === 'user_id') return null
  if (group === 'batch') return false
  if (group === 'service_tier') return 'default'
  if (group === 'api_source') return 'unlabeled'
  if (group === 'api_key_id') return used.api_key || null
  return group === 'project_id' ? used.project : used[group]
}

function showUsage(group: UsageRecord[], groups: Group[]): CompletionsUsage {
  const [first] = group
  const sum = (field: 'requests' | keyof UsageRecord) =>
    group.reduce((all, one) => all + Number(one[field]), 0)
  const grouped = Object.fromEntries(groups.map((name) => [name, first ? valueOf(first, name) : null]))
  return {
    object: 'organization.usage.completions.result',
    input_tokens: sum('input_tokens'),
    input_cached_tokens: sum('cached_tokens'),
    output_tokens: sum('output_tokens'),
    output_reasoning_tokens: sum('reasoning_tokens'),
    input_audio_tokens: 0,
    output_audio_tokens: 0,
    num_model_requests: sum('requests'),
    project_id: null,
    user_id: null,
    api_key_id: null,
    model: null,
    batch: null,
    service_tier: null,
    api_source: null,
    assistant_id: null,
    ...grouped,
  }
}

/** What the tokens cost at the prices of the configuration. A model without a price is not in it. */
export function costs(ctx: UsageScope, query: CostsQuery): Promise<BucketPage<Cost>> {
  const { limit, line_items: wanted, api_key_ids, group_by: groups } = query
  const show = (used: UsageRecord[]): Cost[] => {
    const lines = used
      .filter(({ api_key }) => isAsked(api_key_ids, api_key))
      .flatMap((one) => linesOf(one, ctx.catalog))
      .filter(({ line_item }) => isAsked(wanted, line_item))
    const keyOf = (line: Line) => JSON.stringify(groups.map((group) => line[group]))
    return [...Map.groupBy(lines, keyOf).values()].map((group) => showCost(group, groups))
  }
  const read = async (span: BucketSpan) => [
    ...(await usageBetween(ctx.db, ctx.project, span)),
    ...(await askedEmbeddings(ctx, span)),
  ]
  return usageBuckets(query, { width: bucketWidths['1d'].seconds, limit, read, show })
}

function showCost(lines: Line[], groups: CostsQuery['group_by']): Cost {
  const of = (group: CostsQuery['group_by'][number]) =>
    groups.includes(group) ? (lines[0]?.[group] ?? null) : null
  const byLine = groups.includes('line_item')
  return {
    object: 'organization.costs.result',
    amount: {
      value: lines.reduce((sum, { tokens, price }) => sum + tokens * price, 0) / 1_000_000,
      currency: lines[0]?.currency ?? '',
    },
    line_item: of('line_item'),
    project_id: of('project_id'),
    api_key_id: of('api_key_id'),
    quantity: byLine ? lines.reduce((sum, { tokens }) => sum + tokens, 0) : null,
    quantity_unit: byLine ? 'tokens' : null,
  }
}

/** What file search embeds is in no budget, and in no costs. */
const askedEmbeddings = async ({ db, project }: UsageScope, span: BucketSpan): Promise<UsageRecord[]> =>
  (await countsBetween(db, 'embeddings', project, span)).flatMap(({ amount, ...one }) =>
    one.api_key === ''
      ? []
      : [
          {
            ...one,
            assistant_id: '',
            input_tokens: Number(amount),
            cached_tokens: 0,
            output_tokens: 0,
            reasoning_tokens: 0,
          },
        ],
  )

interface Line {
  line_item: string
  project_id: string
  /** Null for what was used before keys were counted. */
  api_key_id: string | null
  tokens: number
  /** For a million tokens. */
  price: number
  currency: string
}

/** What is read from a cache, and what is thought, has a line of its own where it has a price of its own. */
function linesOf(used: UsageRecord, pricing: ModelPricing): Line[] {
  const price = pricing.priceOf(used.model)
  if (!price) return []
  const of = { project_id: used.project, api_key_id: used.api_key || null, currency: price.currency }
  return pricedTokens(used, price).map(({ kind, ...priced }) => ({
    ...of,
    line_item: `${used.model}, ${kind}`,
    ...priced,
  }))
}
