import { queryOptions, type QueryClient } from '@tanstack/react-query'
import type OpenAI from 'openai'
import type { RunStep } from '../../../src/contract/run-steps.ts'
import type { Run } from '../../../src/contract/runs.ts'

const over = new Set(['completed', 'failed', 'cancelled', 'expired', 'incomplete'])

/** Whether nothing more will happen in the run. */
export const isOver = ({ status }: Pick<Run, 'status'>): boolean => over.has(status)

/** The newest runs of a thread, the newest first. */
export const threadRunsQuery = (client: OpenAI, threadId: string) =>
  queryOptions({
    queryKey: ['threads', threadId, 'runs'],
    async queryFn({ signal }): Promise<Run[]> {
      const page = await client.beta.threads.runs.list(threadId, { limit: 100, order: 'desc' }, { signal })
      return page.data as unknown as Run[]
    },
  })

/** The steps of a run, the first first, with the text that file search has found. */
export const stepsQuery = (client: OpenAI, threadId: string, runId: string) =>
  queryOptions({
    queryKey: ['threads', threadId, 'runs', runId, 'steps'],
    async queryFn({ signal }): Promise<RunStep[]> {
      const steps: RunStep[] = []
      const pages = client.beta.threads.runs.steps.list(
        runId,
        {
          thread_id: threadId,
          limit: 100,
          order: 'asc',
          include: ['step_details.tool_calls[*].file_search.results[*].content'],
        },
        { signal },
      )
      for await (const step of pages) steps.push(step as unknown as RunStep)
      return steps
    },
    staleTime: Infinity,
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
