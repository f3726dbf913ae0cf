import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type OpenAI from 'openai'
import type { List } from '../../../src/contract/list.ts'
import type { ContextPart, RunSpan } from '../../../src/contract/run-spans.ts'
import type { RunStep, ToolCall } from '../../../src/contract/run-steps.ts'
import type { Run } from '../../../src/contract/runs.ts'
import { allOf } from './all-of.ts'
import { isOver } from './runs.ts'

export type { ContextPart, Run, RunSpan, RunStep, ToolCall }
export type ModelTurn = Extract<RunSpan, { type: 'model_turn' }>

const liveInterval = 1_000

/** A run by its id alone. Asked again every second until it is over. */
export const runQuery = (client: OpenAI, id: string) =>
  queryOptions({
    queryKey: ['/runs', 'one', id],
    queryFn: ({ signal }) => client.get<Run>(`/runs/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: ({ state: { data } }) => (data && !isOver(data) ? liveInterval : false),
  })

type RunOfThread = Pick<Run, 'id' | 'thread_id' | 'status'>

const pathOf = ({ id, thread_id }: RunOfThread) => `/threads/${thread_id}/runs/${id}`

/** Whether the run is over is part of the key, so that what belongs to it is read once more when it has ended. */
const ofRun = (run: RunOfThread, what: string) => ({
  queryKey: [pathOf(run), what, isOver(run)],
  placeholderData: keepPreviousData,
  refetchInterval: isOver(run) ? (false as const) : liveInterval,
  staleTime: isOver(run) ? 60_000 : 0,
})

/** What took how long in the run, in the order in which it began. */
export const timelineQuery = (client: OpenAI, run: RunOfThread) =>
  queryOptions({
    ...ofRun(run, 'timeline'),
    queryFn: async ({ signal }) =>
      (await client.get<List<RunSpan>>(`${pathOf(run)}/timeline`, { signal })).data,
  })

/** The steps of the run, oldest first, with the text that file search found. */
export const stepsQuery = (client: OpenAI, run: RunOfThread) =>
  queryOptions({
    ...ofRun(run, 'steps'),
    queryFn: ({ signal }) => stepsOf(client, run, signal),
  })

export const stepsOf = (client: OpenAI, run: RunOfThread, signal: AbortSignal) =>
  allOf<RunStep>(client, `${pathOf(run)}/steps`, {
    query: { order: 'asc', include: ['step_details.tool_calls[*].file_search.results[*].content'] },
    signal,
  })

export const cancelRun = (client: OpenAI, { id, thread_id }: RunOfThread) =>
  client.post<Run>(`/threads/${thread_id}/runs/${id}/cancel`)
