import { nowSeconds } from '../common/clock.ts'
import {
  containerIn,
  hasExpired,
  isOfThread,
  type ContainerRecord,
} from '../contract/responses/containers.ts'
import type { CodeInterpreterTool } from '../contract/responses/code-interpreter-tool.ts'
import type { StoredItem } from '../contract/responses/items.ts'
import type { ResponseTool } from '../contract/responses/response-tools.ts'
import { newContainerId } from '../common/ids.ts'
import { lockContainer, newestContainer, touchContainer } from '../store/containers.ts'
import type { Transaction } from '../store/database.ts'
import { insertNew, lockRunning, putFiles, refuseMemory } from './containers.ts'
import type { Context } from './context.ts'

/** What a response has in its context when it begins. */
export interface ContainerContext {
  tools: readonly ResponseTool[]
  /** The container of the response that it goes on with. */
  previous: string | undefined
  /** The id of the thread that is its conversation. */
  threadId: string | undefined
  /** What was said before, the newest last, with its own input. */
  items: readonly StoredItem[]
}

/**
 * The container in which the programs of a response run: the one that it names, else the last one of its context, else a new
 * one. One that has expired is followed by another with the same files. Undefined when the response runs no programs and has
 * none from before.
 */
export async function containerOf(
  tx: Transaction,
  ctx: Context,
  given: ContainerContext,
): Promise<{ id: string; sessionServer: string | undefined } | undefined> {
  const at = given.tools.findIndex(({ type }) => type === 'code_interpreter')
  const tool = given.tools[at] as CodeInterpreterTool | undefined
  // Whoever goes on with this response goes on with the container as well.
  if (!tool)
    return given.previous === undefined ? undefined : { id: given.previous, sessionServer: undefined }
  const container = await chosen(tx, ctx, { ...given, tool, param: `tools[${at}].container` })
  await touchContainer(tx, ctx.project, container.id, nowSeconds())
  return { id: container.id, sessionServer: container.session_server ?? undefined }
}

async function chosen(
  tx: Transaction,
  ctx: Context,
  given: ContainerContext & { tool: CodeInterpreterTool; param: string },
): Promise<ContainerRecord> {
  const { container } = given.tool
  if (typeof container === 'string') return lockRunning(tx, ctx.project, container, 400)
  const { file_ids = [], memory_limit = '1g' } = container
  refuseMemory(ctx, memory_limit, `${given.param}.memory_limit`)
  const former = await formerContainer(tx, ctx, given)
  const found = former && !hasExpired(former, nowSeconds()) ? former : undefined
  const id = newContainerId()
  const sandbox = former?.sandbox ?? given.threadId ?? id
  const { minutes } = ctx.containers
  const used = found ?? insertNew(tx, ctx, { id, sandbox, name: 'auto', minutes, memory_limit })
  await putFiles(tx, ctx, used.sandbox, { ids: file_ids, param: `${given.param}.file_ids` })
  return used
}

/** The last container of the context, also one that has expired. One that was deleted is gone. */
async function formerContainer(
  tx: Transaction,
  { project }: Context,
  { items, previous, threadId }: ContainerContext,
): Promise<ContainerRecord | undefined> {
  const last = items.map(containerIn).findLast((one) => one !== undefined)
  for (const id of [last, previous]) {
    const found = id === undefined ? undefined : await lockContainer(tx, project, id)
    if (found && !isOfAnotherThread(found, threadId)) return found
  }
  return threadId === undefined ? undefined : newestContainer(tx, project, threadId)
}

/** Items of a copy name the container of the thread that they are copied from, whose sandbox is not that of the copy. */
const isOfAnotherThread = ({ sandbox }: ContainerRecord, threadId: string | undefined): boolean =>
  threadId !== undefined && isOfThread(sandbox) && sandbox !== threadId
