import type { ResponseRecord } from '../contract/responses/response.ts'
import type { Database } from '../store/database.ts'
import type { TakesHosted } from '../tools/hosted/hosted-entry.ts'
import { openToolSet, type Tools, type ToolSet } from '../tools/tool-set.ts'
import { endedCalls } from './ended-calls.ts'
import { readLists, type McpLists } from './mcp-lists.ts'
import { openContainer } from './open-container.ts'
import type { Output } from './output.ts'
import type { SaidItems } from './said-items.ts'
import { offeredResources, offeredTools } from './to-model-request.ts'

interface Parts {
  db: Database
  tools: Tools
  run: ResponseRecord
  output: Output
  said: SaidItems
  lists: McpLists
}

/** Opens the tools that a response offers to this model. */
export async function openTools(
  { db, tools, run, output, said, lists }: Parts,
  model: TakesHosted & { contextWindow: number },
): Promise<ToolSet> {
  const { id, project, request } = run
  const takesLists = request.tools.some(({ type }) => type === 'mcp')
  return openToolSet(tools, {
    runId: id,
    project,
    apiKey: run.api_key,
    threadId: id,
    sandbox: await openContainer(db, run),
    model: request.model,
    contextWindow: model.contextWindow,
    hosted: model,
    requested: offeredTools(request),
    resources: { assistant: offeredResources(request), thread: {} },
    ended: (type) => endedCalls(output.items, type),
    lists: takesLists ? await readLists(request, output, said) : [],
    listed: (list) => lists.take(list),
  })
}
