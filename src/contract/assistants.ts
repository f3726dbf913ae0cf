import { z } from 'zod'
import { givenId } from './given-id.ts'
import { object } from './objects.ts'
import { decimal, optional, text, withDefault } from './limits.ts'
import { metadata, metadataOrEmpty, type Metadata } from './metadata.ts'
import {
  reasoningEffort,
  responseFormat,
  type ReasoningEffort,
  type ResponseFormat,
} from './response-format.ts'
import {
  newToolResources,
  toAssistantResources,
  toolResources,
  type ToolResources,
} from './tool-resources.ts'
import { withoutMcpSecrets } from './mcp.ts'
import { tools, type AssistantTool } from './tools.ts'

export interface Assistant {
  id: string
  object: 'assistant'
  created_at: number
  name: string | null
  description: string | null
  model: string
  instructions: string | null
  tools: AssistantTool[]
  top_p: number
  temperature: number
  reasoning_effort: ReasoningEffort | null
  tool_resources: ToolResources
  metadata: Metadata
  response_format: ResponseFormat
}

export type AssistantBody = Omit<Assistant, 'id' | 'object'>

export interface AssistantRecord {
  seq: number
  id: string
  project: string
  body: AssistantBody
}

export const toAssistant = ({ id, body }: Omit<AssistantRecord, 'seq' | 'project'>): Assistant => ({
  id,
  object: 'assistant',
  created_at: body.created_at,
  name: body.name,
  description: body.description,
  model: body.model,
  instructions: body.instructions,
  tools: body.tools.map(withoutMcpSecrets),
  top_p: body.top_p,
  temperature: body.temperature,
  reasoning_effort: body.reasoning_effort,
  tool_resources: toAssistantResources(body.tool_resources, body.tools),
  metadata: body.metadata,
  response_format: body.response_format,
})

export interface AssistantDeleted {
  id: string
  object: 'assistant.deleted'
  deleted: true
}

const name = text(256)
const description = text(512)
const instructions = text(256_000)
const assistantTools = (own: readonly string[] = []) => tools(128, own)
const temperature = decimal(0, 2)
const topP = decimal(0, 1)

export const createAssistantRequest = object({
  id: givenId('assistant'),
  model: z.string(),
  name: optional(name),
  description: optional(description),
  instructions: optional(instructions),
  tools: withDefault(assistantTools(), []),
  tool_resources: withDefault(newToolResources, {}),
  metadata: metadataOrEmpty,
  temperature: withDefault(temperature, 1),
  top_p: withDefault(topP, 1),
  response_format: withDefault(responseFormat, 'auto'),
  reasoning_effort: optional(reasoningEffort),
})
export type CreateAssistantRequest = z.output<typeof createAssistantRequest>

/** The stored fields of a new assistant. `created_at` is in Unix seconds. */
export const newAssistantBody = (
  input: CreateAssistantRequest,
  { created_at, tool_resources }: Pick<AssistantBody, 'created_at' | 'tool_resources'>,
): AssistantBody => ({
  created_at,
  name: input.name ?? null,
  description: input.description ?? null,
  model: input.model,
  instructions: input.instructions ?? null,
  tools: input.tools,
  top_p: input.top_p,
  temperature: input.temperature,
  reasoning_effort: input.reasoning_effort ?? null,
  tool_resources,
  metadata: input.metadata,
  response_format: input.response_format,
})

/** A field that is left out keeps its value. Null sets a field to its default. */
export const modifyAssistantRequest = object({
  model: optional(z.string()),
  name: name.nullish(),
  description: description.nullish(),
  instructions: instructions.nullish(),
  tools: assistantTools().nullish(),
  tool_resources: toolResources.nullish(),
  metadata: metadata.nullish(),
  temperature: temperature.nullish(),
  top_p: topP.nullish(),
  response_format: responseFormat.nullish(),
  reasoning_effort: reasoningEffort.nullish(),
})
export type ModifyAssistantRequest = z.output<typeof modifyAssistantRequest>

/**
 * The same requests, which also accept the tools that this server has in addition to those of the API, by their types.
 */
export const assistantRequestsWith = (own: readonly string[]) => ({
  createAssistant: createAssistantRequest.extend({ tools: withDefault(assistantTools(own), []) }),
  modifyAssistant: modifyAssistantRequest.extend({ tools: assistantTools(own).nullish() }),
})
