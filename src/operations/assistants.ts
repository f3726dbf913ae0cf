import { nowSeconds } from '../common/clock.ts'
import {
  newAssistantBody,
  toAssistant,
  type Assistant,
  type AssistantBody,
  type AssistantDeleted,
  type AssistantRecord,
  type CreateAssistantRequest,
  type ModifyAssistantRequest,
} from '../contract/assistants.ts'
import type { Metadata } from '../contract/metadata.ts'
import type { ToolResources } from '../contract/tool-resources.ts'
import { notFound } from '../errors/errors.ts'
import { newAssistantId } from '../common/ids.ts'
import * as rows from '../store/assistants.ts'
import type { PageQuery } from '../store/page.ts'
import type { Context } from './context.ts'
import { refuseTakenId } from './free-id.ts'
import { toListPage, type List } from './list.ts'
import { chooseByWords } from './match-words.ts'
import { refuseUnservedModel } from './models.ts'
import { takeToolResources } from './tool-resources.ts'

export async function createAssistant(ctx: Context, input: CreateAssistantRequest): Promise<Assistant> {
  await refuseUnservedModel(ctx, input.model)
  return ctx.db.write(async (tx) => {
    await refuseTakenId(tx, ctx.project, 'assistant', input.id)
    const tool_resources = await takeToolResources(tx, ctx, input.tool_resources)
    const body = newAssistantBody(input, { created_at: nowSeconds(), tool_resources })
    const assistant = { id: input.id ?? newAssistantId(), project: ctx.project, body }
    await rows.insertAssistant(tx, assistant)
    return toAssistant(assistant)
  })
}

/** Lists the assistants that have the pairs of metadata and the words. The original had no such filters. */
export async function listAssistants(
  ctx: Context,
  query: PageQuery & { metadata: Metadata; query?: string[] | undefined },
): Promise<List<Assistant>> {
  const choose = chooseByWords<AssistantRecord>(query.query, ({ body }) => [body.name, body.description])
  return toListPage(await rows.listAssistants(ctx.db, ctx.project, query, choose), toAssistant)
}

export async function getAssistant(ctx: Context, id: string): Promise<Assistant> {
  const assistant = await rows.getAssistant(ctx.db, ctx.project, id)
  if (!assistant) throw notFound('assistant', id)
  return toAssistant(assistant)
}

/** Runs that exist keep the values that the assistant had when they were created. */
export async function modifyAssistant(
  ctx: Context,
  id: string,
  input: ModifyAssistantRequest,
): Promise<Assistant> {
  if (input.model !== undefined) await refuseUnservedModel(ctx, input.model)
  return ctx.db.write(async (tx) => {
    await tx.lockOwn(ctx.project, 'assistants', id)
    const assistant = await rows.getAssistant(tx, ctx.project, id)
    if (!assistant) throw notFound('assistant', id)
    const tool_resources = input.tool_resources && (await takeToolResources(tx, ctx, input.tool_resources))
    const changed = { ...assistant, body: change(assistant.body, { ...input, tool_resources }) }
    await rows.updateAssistant(tx, changed)
    return toAssistant(changed)
  })
}

export async function deleteAssistant(ctx: Context, id: string): Promise<AssistantDeleted> {
  const deleted = await ctx.db.write((tx) => rows.deleteAssistant(tx, ctx.project, id))
  if (!deleted) throw notFound('assistant', id)
  return { id, object: 'assistant.deleted', deleted: true }
}

/** Lists, metadata and the resources of each tool are replaced as a whole. Null restores the default. */
function change(
  body: AssistantBody,
  input: Omit<ModifyAssistantRequest, 'tool_resources'> & {
    tool_resources: ToolResources | null | undefined
  },
): AssistantBody {
  const given = <T>(value: T | null | undefined, back: T, now: T): T =>
    value === undefined ? now : (value ?? back)
  return {
    created_at: body.created_at,
    name: given(input.name, null, body.name),
    description: given(input.description, null, body.description),
    model: input.model ?? body.model,
    instructions: given(input.instructions, null, body.instructions),
    tools: input.tools ?? body.tools,
    top_p: given(input.top_p, 1, body.top_p),
    temperature: given(input.temperature, 1, body.temperature),
    reasoning_effort: given(input.reasoning_effort, null, body.reasoning_effort),
    tool_resources: input.tool_resources === null ? {} : { ...body.tool_resources, ...input.tool_resources },
    metadata: given(input.metadata, {}, body.metadata),
    response_format: given(input.response_format, 'auto', body.response_format),
  }
}
