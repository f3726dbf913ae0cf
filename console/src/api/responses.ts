import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type OpenAI from 'openai'
import type { List } from '../../../src/contract/list.ts'
import type { Item } from '../../../src/contract/responses/items.ts'
import type { Response } from '../../../src/contract/responses/response.ts'
import type { ChainedResponse, SummarizedResponse } from '../../../src/contract/responses/response-lists.ts'
import type { ResponseSpan } from '../../../src/contract/responses/response-spans.ts'
import type { RunUsage } from '../../../src/contract/runs.ts'
import { allOf } from './all-of.ts'

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

/** Everything that was said before its output, oldest first. */
export const allInputQuery = (client: OpenAI, id: string) =>
  queryOptions({
    queryKey: ['/responses', 'input', id],
    queryFn: ({ signal }) =>
      allOf<Item>(client, `${responsePath(id)}/input_items`, { query: { order: 'asc', include }, signal }),
    staleTime: 60_000,
  })

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
