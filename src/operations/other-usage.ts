import type {
  BucketPage,
  EmbeddingsQuery,
  EmbeddingsUsage,
  FileSearchesQuery,
  FileSearchesUsage,
  ProjectUsageQuery,
  SessionsUsage,
  VectorStoresUsage,
} from '../contract/organization-usage.ts'
import { countsBetween, storeBytesBetween, type UsageCount } from '../store/usage/usage-counts.ts'
import { bucketsOf, isAsked, usageBuckets, type UsageScope } from './usage-buckets.ts'

export const vectorStoresUsage = (
  ctx: UsageScope,
  query: ProjectUsageQuery,
): Promise<BucketPage<VectorStoresUsage>> =>
  usageBuckets(query, {
    ...bucketsOf(query),
    read: (span) => storeBytesBetween(ctx.db, ctx.project, span),
    show: byProject(query, (group, project_id) => ({
      object: 'organization.usage.vector_stores.result',
      usage_bytes: sumOf(group, 'amount'),
      project_id,
    })),
  })

export const sessionsUsage = (
  ctx: UsageScope,
  query: ProjectUsageQuery,
): Promise<BucketPage<SessionsUsage>> =>
  usageBuckets(query, {
    ...bucketsOf(query),
    read: (span) => countsBetween(ctx.db, 'code_interpreter_sessions', ctx.project, span),
    show: byProject(query, (group, project_id) => ({
      object: 'organization.usage.code_interpreter_sessions.result',
      num_sessions: sumOf(group, 'requests'),
      project_id,
    })),
  })

/** How often models have searched vector stores. */
export function fileSearchesUsage(
  ctx: UsageScope,
  query: FileSearchesQuery,
): Promise<BucketPage<FileSearchesUsage>> {
  const { group_by: groups, api_key_ids } = query
  return usageBuckets(query, {
    ...bucketsOf(query),
    read: (span) => countsBetween(ctx.db, 'file_search_calls', ctx.project, span),
    show(used) {
      const asked = used.filter(({ api_key }) => isAsked(api_key_ids, api_key))
      return groupedBy(groups, asked).map(({ group, grouped }) => ({
        object: 'organization.usage.file_searches.result',
        num_requests: sumOf(group, 'requests'),
        project_id: null,
        user_id: null,
        api_key_id: null,
        vector_store_id: null,
        ...grouped,
      }))
    },
  })
}

/** The counts that are shown together, with what they have in common. */
const groupedBy = (groups: EmbeddingsQuery['group_by'], used: UsageCount[]) =>
  [...Map.groupBy(used, (one) => JSON.stringify(groups.map((group) => valueOf(one, group)))).values()].map(
    (group) => ({
      group,
      grouped: Object.fromEntries(groups.map((name) => [name, group[0] ? valueOf(group[0], name) : null])),
    }),
  )

/** There are no users here. */
function valueOf(used: UsageCount, group: EmbeddingsQuery['group_by'][number]): string | null {
  if (group === 'user_id') return null
  if (group === 'api_key_id') return used.api_key || null
  return group === 'project_id' ? used.project : used.model
}

/** How many tokens were read by models for embeddings: of requests, and of files and searches by that of file search. */
export function embeddingsUsage(
  ctx: UsageScope,
  query: EmbeddingsQuery,
): Promise<BucketPage<EmbeddingsUsage>> {
  const { group_by: groups, models, api_key_ids } = query
  return usageBuckets(query, {
    ...bucketsOf(query),
    read: (span) => countsBetween(ctx.db, 'embeddings', ctx.project, span),
    show(used) {
      const asked = used.filter(
        ({ model, api_key }) => isAsked(models, model) && isAsked(api_key_ids, api_key),
      )
      return groupedBy(groups, asked).map(({ group, grouped }) => ({
        object: 'organization.usage.embeddings.result',
        input_tokens: sumOf(group, 'amount'),
        num_model_requests: sumOf(group, 'requests'),
        project_id: null,
        user_id: null,
        api_key_id: null,
        model: null,
        ...grouped,
      }))
    },
  })
}

const byProject =
  <Result>(
    { group_by }: ProjectUsageQuery,
    show: (group: UsageCount[], projectId: string | null) => Result,
  ) =>
  (used: UsageCount[]): Result[] => {
    if (group_by.length === 0) return used.length > 0 ? [show(used, null)] : []
    return [...Map.groupBy(used, ({ project }) => project)].map(([project, group]) => show(group, project))
  }

const sumOf = (group: UsageCount[], field: 'requests' | 'amount') =>
  group.reduce((sum, one) => sum + Number(one[field]), 0)
