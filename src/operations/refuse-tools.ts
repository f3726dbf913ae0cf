import type { CreateResponseRequest } from '../contract/responses/create-response.ts'
import { hostedKindOf } from '../contract/responses/hosted-response-tools.ts'
import type { Fields } from '../contract/responses/refused.ts'
import type { ResponseTool } from '../contract/responses/response-tools.ts'
import {
  choiceNotOffered,
  choiceWithoutTools,
  interpreterIsOff,
  storeNotFound,
  toolOfPrompt,
} from '../errors/response-errors.ts'
import type { Transaction } from '../store/database.ts'
import { existingVectorStores } from '../store/vector-stores.ts'
import type { Context } from './context.ts'

/** A tool that has to be called has to be there. */
export function refuseUnknownChoice({
  tools = [],
  tool_choice: choice,
}: Pick<CreateResponseRequest, 'tools' | 'tool_choice'>): void {
  if (choice === 'required' && tools.length === 0) throw choiceWithoutTools()
  if (typeof choice !== 'object') return
  const chosen: Fields[] = choice.type === 'allowed_tools' ? choice.tools : [{ ...choice }]
  for (const { type, name, server_label } of chosen) {
    const isChosen = (tool: ResponseTool) =>
      isSameType(tool.type, type) &&
      (tool.type === 'mcp' ? tool.server_label === server_label : !('name' in tool) || tool.name === name)
    if (!tools.some(isChosen)) throw choiceNotOffered(String(type === 'mcp' ? type : (name ?? type)))
  }
}

/** Each tool of a provider has several types. One of the others was accepted in a choice (as recorded). */
const isSameType = (type: string, chosen: unknown) =>
  type === chosen || (typeof chosen === 'string' && (hostedKindOf(type) ?? '') === hostedKindOf(chosen))

/** A program that cannot run is refused before its model writes it. A prompt is told of as the tools of its assistant are. */
export function refuseSwitchedOff(
  { containers }: Pick<Context, 'containers'>,
  asked: Pick<CreateResponseRequest, 'tools'>,
  { tools = [] }: Pick<CreateResponseRequest, 'tools'>,
): void {
  const at = tools.findIndex(({ type }) => type === 'code_interpreter')
  if (at < 0 || containers.isOff !== true) return
  const refusal = interpreterIsOff(`tools[${at}].type`)
  throw asked.tools ? refusal : toolOfPrompt(refusal.message)
}

/** A vector store that is to be searched has to be there. */
export async function refuseUnknownStores(
  tx: Transaction,
  { project }: { project: string },
  { tools = [] }: CreateResponseRequest,
): Promise<void> {
  const ids = tools.flatMap((tool) => (tool.type === 'file_search' ? tool.vector_store_ids : []))
  if (ids.length === 0) return
  const found = await existingVectorStores(tx, project, ids)
  const unknown = ids.find((id) => !found.includes(id))
  if (unknown !== undefined) throw storeNotFound(unknown)
}
