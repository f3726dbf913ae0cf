import { infiniteQueryOptions } from '@tanstack/react-query'
import type OpenAI from 'openai'
import type { CodeInterpreterCall } from '../../../src/contract/run-steps.ts'
import type { List } from '../../../src/contract/list.ts'
import { stepsOf, type Run, type RunStep } from '../api/runs.ts'

export interface Cell {
  step: RunStep
  call: CodeInterpreterCall
}

const runsAtOnce = 10

/** The programs of a thread, of ten runs at a time. Runs that were not offered Python are passed over. */
export const notebookQuery = (client: OpenAI, threadId: string) =>
  infiniteQueryOptions({
    queryKey: [`/threads/${threadId}/runs`, 'notebook'],
    initialPageParam: null as string | null,
    getNextPageParam: (page: { next: string | null }) => page.next,
    async queryFn({ pageParam, signal }): Promise<{ cells: Cell[]; next: string | null }> {
      const cells: Cell[] = []
      for (let after = pageParam; ;) {
        const runs: List<Run> = await client.get<List<Run>>(`/threads/${threadId}/runs`, {
          query: { order: 'asc', limit: runsAtOnce, ...(after && { after }) },
          signal,
        })
        const withPython = runs.data.filter(({ tools }) =>
          tools.some(({ type }) => type === 'code_interpreter'),
        )
        const steps = await Promise.all(withPython.map((run) => stepsOf(client, run, signal)))
        cells.push(...steps.flat().flatMap(cellsOf))
        after = runs.has_more ? runs.last_id : null
        if (after === null || cells.length > 0) return { cells, next: after }
      }
    },
  })

const cellsOf = (step: RunStep): Cell[] =>
  step.step_details.type === 'tool_calls'
    ? step.step_details.tool_calls.flatMap((call) =>
        call.type === 'code_interpreter' ? [{ step, call }] : [],
      )
    : []
