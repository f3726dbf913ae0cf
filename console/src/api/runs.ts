import { keepPreviousData, queryOptions, type QueryClient } from '@tanstack/react-query'
import type OpenAI from 'openai'
import type { List } from '../../../src/contract/list.ts'
import type { ContextPart, RunSpan } from '../../../src/contract/run-spans.ts'
import type { RunStep, ToolCall } from '../../../src/contract/run-steps.ts'
import type { Run } from '../../../src/contract/runs.ts'
import { allOf } from './all-of.ts'

export type { ContextPart, Run, RunSpan, RunStep, ToolCall }
export type ModelTurn = Extract<RunSpan, { type: 'model_turn' }>

/** What is enough to ask for what belongs to a run. */
export type RunOfThread = Pick<Run, 'id' | 'thread_id' | 'status'>

const over = new Set(['completed', 'failed', 'cancelled', 'expired', 'incomplete'])

/** Whether nothing more will happen in the run. */
export const isOver = ({ status }: Pick<Run, 'status'>): boolean => over.has(status)

const liveInterval = 1_000

/** A run by its id alone. Asked again every second until it is over. */
export const runQuery = (client: OpenAI, id: string) =>
  queryOptions({
    queryKey: ['/runs', 'one', id],
    queryFn: ({ signal }) => client.get<Run>(`/runs/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: ({ state: { data } }) => (data && !isOver(data) ? liveInterval : false),
  })

const pathOf = ({ id, thread_id }: Pick<Run, 'id' | 'thread_id'>) =>
  `/threads/${encodeURIComponent(thread_id)}/runs/${encodeURIComponent(id)}`

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

/** The runs whose stream is followed, until when. It tells their steps sooner, and more of them, than asking does. */
export const followedRuns = new Map<string, AbortSignal>()

/** The steps of the run, oldest first, with the text that file search found. */
export const stepsQuery = (client: OpenAI, run: RunOfThread) => {
  const options = ofRun(run, 'steps')
  return queryOptions({
    ...options,
    queryFn: ({ signal, client: queries }) => {
      const told = followedRuns.has(run.id) && queries.getQueryData<RunStep[]>(options.queryKey)
      return told || stepsOf(client, run, signal)
    },
  })
}

export const stepsOf = (client: OpenAI, run: Pick<Run, 'id' | 'thread_id'>, signal?: AbortSignal) =>
  allOf<RunStep>(client, `${pathOf(run)}/steps`, {
    query: { order: 'asc', include: ['step_details.tool_calls[*].file_search.results[*].content'] },
    ...(signal && { signal }),
  })

/** Keeps the steps of a run that is not over, as its stream has told them. */
export const putSteps = (
  queries: QueryClient,
  run: Pick<Run, 'id' | 'thread_id'>,
  steps: RunStep[],
): unknown => queries.setQueryData(ofRun({ ...run, status: 'in_progress' }, 'steps').queryKey, steps)

export const cancelRun = (client: OpenAI, run: RunOfThread) => client.post<Run>(`${pathOf(run)}/cancel`)

/** The newest runs of a thread, the newest first. */
export const threadRunsQuery = (client: OpenAI, threadId: string) =>
  queryOptions({
    queryKey: ['threads', threadId, 'runs'],
    async queryFn({ signal, client: queries }): Promise<Run[]> {
      const page = await client.beta.threads.runs.list(threadId, { limit: 100, order: 'desc' }, { signal })
      // The answer may be older than what a stream has told while it was on its way.
      return (page.data as unknown as Run[]).map((run) => {
        const known = knownRun(queries, run)
        return known && (followedRuns.has(run.id) || isOver(known)) ? known : run
      })
    },
  })

/** Puts a run in the place of what was known of it. */
export function putRun(queries: QueryClient, run: Run): void {
  queries.setQueryData<Run[]>(['threads', run.thread_id, 'runs'], (known = []) =>
    known.some(({ id }) => id === run.id)
      ? known.map((one) => (one.id === run.id ? run : one))
      : [run, ...known],
  )
}

/** A run of a thread as it is known. */
export const knownRun = (
  queries: QueryClient,
  { id, thread_id }: Pick<Run, 'id' | 'thread_id'>,
): Run | undefined =>
  queries.getQueryData<Run[]>(['threads', thread_id, 'runs'])?.find((run) => run.id === id)
