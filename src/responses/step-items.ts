import { containerOfThread } from '../contract/responses/containers.ts'
import { prefixOf, type Item, type StoredItem } from '../contract/responses/items.ts'
import type { RunStepRecord, ToolCall } from '../contract/run-steps.ts'
import { readQueries } from '../tools/file-search/queries.ts'
import { searchResults } from './file-search-kind.ts'

/** The calls of a run step of the Assistants API as items of the conversation. */
export function stepItems({ body }: RunStepRecord): StoredItem[] {
  const { step_details: details, told = {}, asked = {} } = body
  if (details.type !== 'tool_calls') return []
  return details.tool_calls.flatMap((call) =>
    callItems(call, body.thread_id, { told: told[call.id], asked: asked[call.id] }).map((stored) => ({
      ...stored,
      step_call: call.id,
    })),
  )
}

/** Ids of items are those of calls, with another prefix. Tools of an embedding program are calls of functions. */
function callItems(
  call: ToolCall,
  threadId: string,
  { told, asked = '' }: { told: string | undefined; asked: string | undefined },
): StoredItem[] {
  const idOf = (type: Item['type']) => `${prefixOf(type)}_${call.id.replace(/^call_/, '')}`
  const more = told === undefined ? {} : { told }
  switch (call.type) {
    case 'code_interpreter': {
      const { input, outputs } = call.code_interpreter
      const item: Item = {
        id: idOf('code_interpreter_call'),
        type: 'code_interpreter_call',
        status: 'completed',
        code: input,
        container_id: containerOfThread(threadId),
        outputs: outputs.flatMap((output) =>
          output.type === 'logs' ? [{ type: 'logs' as const, logs: output.logs }] : [],
        ),
      }
      return [{ item, ...more }]
    }
    case 'file_search':
      return [
        {
          item: {
            id: idOf('file_search_call'),
            type: 'file_search_call',
            status: 'completed',
            queries: readQueries(asked),
            results: searchResults(call.file_search.results),
          },
          ...more,
        },
      ]
    default:
      return functionItems(call as unknown as FunctionLike, idOf, told)
  }
}

interface FunctionLike {
  id: string
  type: string
  [type: string]: unknown
}

function functionItems(
  call: FunctionLike,
  idOf: (type: Item['type']) => string,
  told: string | undefined,
): StoredItem[] {
  const details = (call[call.type] ?? {}) as { name?: string; arguments?: string; output?: string | null }
  return [
    {
      item: {
        id: idOf('function_call'),
        type: 'function_call',
        status: 'completed',
        arguments: details.arguments ?? JSON.stringify(details),
        call_id: call.id,
        name: details.name ?? call.type,
      },
    },
    {
      item: {
        id: idOf('function_call_output'),
        type: 'function_call_output',
        status: 'completed',
        call_id: call.id,
        output: details.output ?? told ?? '',
      },
    },
  ]
}
