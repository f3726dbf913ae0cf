import { toThreadId } from '../contract/responses/conversations.ts'
import type { MessageItem } from '../contract/responses/items.ts'
import { statusOf, type ResponseState } from '../contract/responses/response.ts'
import type {
  ChainedResponse,
  ResponseSummary,
  responsesQuery,
  SummarizedResponse,
} from '../contract/responses/response-lists.ts'
import type { CreatedAt } from '../contract/list-filters.ts'
import type { Metadata } from '../contract/metadata.ts'
import { isTerminal } from '../contract/run-status.ts'
import { toList } from '../contract/list.ts'
import type { Reader } from '../store/database.ts'
import * as rows from '../store/list-responses.ts'
import type { z } from 'zod'
import type { Context } from './context.ts'
import type { FoundText } from './find-by-words.ts'
import { responseFinder } from './find-responses.ts'
import type { List } from './list.ts'
import { oneLine } from './match-words.ts'
import { findResponse, showResponses } from './responses.ts'

type Query = z.output<typeof responsesQuery> & { created_at: CreatedAt; metadata: Metadata }

/** Lists the responses of the project, with words those in which they are. The original has no such list. */
export async function listResponses(
  ctx: Context,
  query: Query,
  signal: AbortSignal,
): Promise<List<SummarizedResponse>> {
  const {
    conversation,
    previous_response_id: previous,
    has_previous,
    include,
    query: words,
    ...filter
  } = query
  const finder = words && (await responseFinder(ctx.db, ctx.project, words, signal))
  const asked = {
    ...filter,
    ...finder?.only,
    previous,
    // No thread has the id of something else.
    thread_id: conversation === undefined ? undefined : (toThreadId(conversation) ?? conversation),
    has_previous: has_previous === undefined ? undefined : has_previous === 'true',
  }
  const page = await rows.listResponses(ctx.db, ctx.project, asked, finder?.choose)
  const summaries = include.length > 0 ? await summariesOf(ctx.db, ctx.project, page.data) : undefined
  const shown = await showResponses(ctx.db, page.data)
  const data = shown.map((response) => {
    const summary = summaries?.get(response.id)
    if (!summary) return response
    const matched = finder && { matched: matchedIn(finder.foundIn(response.id)) }
    return { ...response, summary: { ...summary, ...matched } }
  })
  return toList(data, page.hasMore)
}

const matchedIn = (found: FoundText | null) => found && { item_id: found.id, text: found.text }

/** The tree that a response belongs to: what it goes on with, and everything that goes on with one of them. */
export async function listChain(ctx: Context, id: string): Promise<List<ChainedResponse>> {
  const run = await findResponse(ctx.db, ctx.project, id)
  const { data, hasMore } = await rows.responsesOfTree(ctx.db, ctx.project, run)
  const summaries = await summariesOf(ctx.db, ctx.project, data)
  const links = data.map((one): ChainedResponse => {
    const { usage } = JSON.parse(one.state) as ResponseState
    return {
      id: one.id,
      object: 'response.link',
      created_at: one.created_at,
      status: statusOf({ status: one.status, cancel_requested: one.cancel_requested === 1 }),
      model: one.model,
      previous_response_id: one.previous,
      total_tokens: isTerminal(one.status) ? (usage?.total_tokens ?? null) : null,
      title: null,
      followers: 0,
      ...summaries.get(one.id),
    }
  })
  return toList(links, hasMore)
}

const maxTitle = 120

async function summariesOf(
  db: Reader,
  project: string,
  runs: readonly { id: string; seq: number }[],
): Promise<Map<string, ResponseSummary>> {
  if (runs.length === 0) return new Map()
  const [questions, followers] = await Promise.all([
    rows.newestQuestions(
      db,
      runs.map(({ seq }) => seq),
    ),
    rows.countFollowers(
      db,
      project,
      runs.map(({ id }) => id),
    ),
  ])
  return new Map(
    runs.map(({ id, seq }) => {
      const item = questions.get(seq)?.item
      const title = item?.type === 'message' ? oneLine(textOf(item), maxTitle) || null : null
      return [id, { title, followers: followers.get(id) ?? 0 }]
    }),
  )
}

const textOf = ({ content }: MessageItem): string =>
  content.map((part) => ('text' in part ? part.text : '')).join(' ')
