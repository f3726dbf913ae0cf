import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import OpenAI from 'openai'
import type { List } from '../../../src/contract/list.ts'
import type { Item } from '../../../src/contract/responses/items.ts'
import type { Response } from '../../../src/contract/responses/response.ts'
import type { ChainedResponse, SummarizedResponse } from '../../../src/contract/responses/response-lists.ts'
import type { ResponseSpan } from '../../../src/contract/responses/response-spans.ts'
import type { RunUsage } from '../../../src/contract/runs.ts'
import { allOf } from './all-of.ts'
import { pagesQuery } from './pages.ts'

export type { ChainedResponse, Item, Response, ResponseSpan, SummarizedResponse }
export type ResponseTurn = Extract<ResponseSpan, { type: 'model_turn' }>

export const isOver = ({ status }: Pick<Response, 'status'>): boolean =>
  status !== 'queued' && status !== 'in_progress'

export const responsePath = (id: string) => `/responses/${encodeURIComponent(id)}`

/** What an answer leaves out unless it is asked for. */
export const include = [
  'file_search_call.results',
  'code_interpreter_call.outputs',
  'web_search_call.action.sources',
  'computer_call_output.output.image_url',
]

/** With the pictures of messages, which may be large. */
export const includePictures = [...include, 'message.input_image.image_url']

const liveInterval = 1_000

export const responseQuery = (client: OpenAI, id: string) =>
  queryOptions({
    queryKey: ['/responses', 'one', id],
    queryFn: ({ signal }) => client.get<Response>(responsePath(id), { query: { include }, signal }),
    refetchInterval: ({ state: { data } }) => (data && !isOver(data) ? liveInterval : false),
  })

type Known = Pick<Response, 'id' | 'status'>

const ofResponse = (response: Known, what: string) => ({
  queryKey: ['/responses', what, response.id, isOver(response)],
  refetchInterval: isOver(response) ? (false as const) : liveInterval,
  staleTime: isOver(response) ? 60_000 : 0,
})

/** What took how long. */
export const responseTimelineQuery = (client: OpenAI, response: Known) =>
  queryOptions({
    ...ofResponse(response, 'timeline'),
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) =>
      (await client.get<List<ResponseSpan>>(`${responsePath(response.id)}/timeline`, { signal })).data,
  })

/** The tree of responses that it belongs to. */
export const chainQuery = (client: OpenAI, id: string) =>
  queryOptions({
    queryKey: ['/responses', 'chain', id],
    queryFn: ({ signal }) => client.get<List<ChainedResponse>>(`${responsePath(id)}/chain`, { signal }),
  })

/** What was said before its output, newest first. */
export const inputPagesQuery = (client: OpenAI, id: string) =>
  pagesQuery<Item>(client, `${responsePath(id)}/input_items`, {
    order: 'desc',
    limit: 20,
    include: includePictures,
  })

/** Everything that was said before its output, oldest first. */
export const allInputQuery = (client: OpenAI, id: string) =>
  queryOptions({
    queryKey: ['/responses', 'input', id],
    queryFn: ({ signal }) =>
      allOf<Item>(client, `${responsePath(id)}/input_items`, { query: { order: 'asc', include }, signal }),
    staleTime: 60_000,
  })

/** What a response was told itself. */
interface GivenInput {
  items: Item[]
  /** The response that it goes on with. Undefined where it begins a chain, or where the one before it is gone. */
  previous: string | undefined
}

/** All that a program has to send for an item to be as it was. */
const wholeItems = [...includePictures, 'reasoning.encrypted_content']

/** The input of a response alone, oldest first: everything that was said where the response before it is gone. */
export const givenInputQuery = (client: OpenAI, { id, previous_response_id: previous }: Response) =>
  queryOptions({
    queryKey: ['/responses', 'given', id],
    queryFn: async ({ signal }): Promise<GivenInput> => {
      const before = previous === null ? undefined : await endOf(client, previous, signal)
      const items: Item[] = []
      for (let after: string | null = null; ;) {
        const page: List<Item> = await client.get<List<Item>>(`${responsePath(id)}/input_items`, {
          query: { limit: 100, include: wholeItems, ...(after !== null && { after }) },
          signal,
        })
        const end = before ? page.data.findIndex((item) => before.ids.has(item.id)) : -1
        items.push(...(end < 0 ? page.data : page.data.slice(0, end)))
        after = page.last_id
        if (end >= 0 || !page.has_more)
          return {
            items: before?.wasCancelled ? withoutMade(items.toReversed()) : items.toReversed(),
            previous: before?.id,
          }
      }
    },
    staleTime: Infinity,
  })

/** What a caller gives, and no model. */
export const isOfCaller = (item: Item): boolean =>
  item.type === 'message'
    ? item.role !== 'assistant'
    : item.type.endsWith('_output') || item.type === 'mcp_approval_response'

/** What a response had said before it was cancelled is not shown as its output: it stands before the input of the next. */
function withoutMade(items: readonly Item[]): Item[] {
  const begin = items.findIndex(isOfCaller)
  return begin < 0 ? [...items] : items.slice(begin)
}

/** The ids of what a response has said, and of the last that it was told. Undefined where it is gone. */
async function endOf(client: OpenAI, id: string, signal: AbortSignal) {
  try {
    const [{ output, status }, { data }] = await Promise.all([
      client.get<Response>(responsePath(id), { signal }),
      client.get<List<Item>>(`${responsePath(id)}/input_items`, { query: { limit: 1 }, signal }),
    ])
    const ids = new Set([...output, ...data].map((item) => item.id))
    return { id, ids, wasCancelled: status === 'cancelled' }
  } catch (error) {
    if (error instanceof OpenAI.NotFoundError) return undefined
    throw error
  }
}

/** Usage as runs have it. */
export const usageOf = ({ usage }: Pick<Response, 'usage'>): RunUsage | undefined =>
  usage
    ? {
        prompt_tokens: usage.input_tokens,
        completion_tokens: usage.output_tokens,
        total_tokens: usage.total_tokens,
        prompt_token_details: { cached_tokens: usage.input_tokens_details.cached_tokens },
        completion_tokens_details: { reasoning_tokens: usage.output_tokens_details.reasoning_tokens },
      }
    : undefined
