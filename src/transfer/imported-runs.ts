import { z } from 'zod'
import { object } from '../contract/objects.ts'
import { metadataOrEmpty } from '../contract/metadata.ts'
import { reasoningEffort, responseFormat } from '../contract/response-format.ts'
import { withDefault } from '../contract/limits.ts'
import { isTerminal, type RunStatus } from '../contract/run-status.ts'
import { runLifetimeSeconds, unclaimedRun, type RunRecord, type RunUsage } from '../contract/runs.ts'
import type { RunStepRecord, StepDetails } from '../contract/run-steps.ts'
import { newToolResources } from '../contract/tool-resources.ts'
import { toolChoice, tools } from '../contract/tools.ts'
import { resources } from './imported-objects.ts'
import {
  fieldsOf,
  importedId,
  optionalId,
  optionalTime,
  parseImported,
  time,
  type NoteLeftOut,
} from './parse-imported.ts'
import type { WireObject } from './read-objects.ts'

const count = z.int().min(0)
const usage = z
  .object({
    prompt_tokens: count,
    completion_tokens: count,
    total_tokens: count,
    prompt_token_details: z.object({ cached_tokens: count }).nullish(),
    completion_tokens_details: z.object({ reasoning_tokens: count }).nullish(),
  })
  .nullish()
  .transform((given): RunUsage | null =>
    given
      ? {
          ...given,
          prompt_token_details: given.prompt_token_details ?? { cached_tokens: 0 },
          completion_tokens_details: given.completion_tokens_details ?? { reasoning_tokens: 0 },
        }
      : null,
  )

const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((given) => given ?? null)

const lastError = z.object({ code: z.string(), message: withDefault(z.string(), '') })
const runErrors = ['server_error', 'rate_limit_exceeded', 'invalid_prompt', 'invalid_image_url'] as const
const runStatuses = [
  'queued',
  'in_progress',
  'requires_action',
  'cancelling',
  'completed',
  'incomplete',
  'failed',
  'cancelled',
  'expired',
] as const satisfies RunStatus[]

const run = (ownTools: readonly string[]) =>
  object({
    thread_id: z.string(),
    assistant_id: optionalId,
    created_at: time,
    status: z.enum(runStatuses),
    started_at: optionalTime,
    cancelled_at: optionalTime,
    failed_at: optionalTime,
    completed_at: optionalTime,
    last_error: optional(lastError.extend({ code: z.enum(runErrors).catch('server_error') })),
    model: z.string(),
    instructions: optional(z.string()),
    tools: withDefault(tools(128, ownTools), []),
    tool_resources: withDefault(newToolResources, {}),
    metadata: metadataOrEmpty,
    temperature: withDefault(z.number(), 1),
    top_p: withDefault(z.number(), 1),
    reasoning_effort: optional(reasoningEffort).catch(null),
    max_completion_tokens: optional(count),
    max_prompt_tokens: optional(count),
    truncation_strategy: withDefault(
      z.object({ type: z.enum(['auto', 'last_messages']), last_messages: optional(count) }),
      { type: 'auto', last_messages: null },
    ),
    incomplete_details: optional(
      z.object({ reason: z.enum(['max_completion_tokens', 'max_prompt_tokens', 'content_filter']) }),
    ).catch(null),
    usage,
    response_format: withDefault(responseFormat, 'auto'),
    tool_choice: withDefault(toolChoice(ownTools), 'auto'),
    parallel_tool_calls: withDefault(z.boolean(), true),
    copied_from: optionalId,
  })

/**
 * Returns a parser of runs. A run that had not ended when it was saved becomes expired: nobody continues it, and it
 * must not lock its thread. `ownTools` are types of tools that the API does not have.
 */
export function runParser(ownTools: readonly string[]) {
  const schema = run(ownTools)
  return (given: WireObject, leftOut?: NoteLeftOut) => {
    const fields = fieldsOf(given, 'id', 'object', 'expires_at', 'required_action')
    return toRecord(given.id, parseImported(schema, fields, leftOut))
  }
}

function toRecord(id: string, one: z.output<ReturnType<typeof run>>): RunRecord {
  return {
    seq: 0,
    id: importedId('thread.run', id),
    project: 'default',
    thread_id: importedId('thread', one.thread_id),
    provider: '',
    status: isTerminal(one.status) ? one.status : 'expired',
    created_at: one.created_at,
    expires_at: one.created_at + runLifetimeSeconds,
    ...unclaimedRun,
    copied_from: one.copied_from,
    request: {
      assistant_id: one.assistant_id ?? '',
      model: one.model,
      instructions: one.instructions,
      tools: one.tools,
      tool_resources: resources(one.tool_resources),
      temperature: one.temperature,
      top_p: one.top_p,
      reasoning_effort: one.reasoning_effort,
      max_completion_tokens: one.max_completion_tokens,
      max_prompt_tokens: one.max_prompt_tokens,
      truncation_strategy: one.truncation_strategy,
      response_format: one.response_format,
      tool_choice: one.tool_choice,
      parallel_tool_calls: one.parallel_tool_calls,
      include_content: false,
    },
    state: {
      started_at: one.started_at,
      cancelled_at: one.cancelled_at,
      failed_at: one.failed_at,
      completed_at: one.completed_at,
      required_action: null,
      last_error: one.last_error,
      incomplete_details: one.incomplete_details,
      usage: one.usage,
      metadata: one.metadata,
    },
  }
}

const functionCall = z.object({
  id: z.string(),
  type: z.literal('function'),
  function: z.object({ name: z.string(), arguments: z.string(), output: optional(z.string()) }),
})
const codeCall = z.object({
  id: z.string(),
  type: z.literal('code_interpreter'),
  code_interpreter: z.object({
    input: z.string(),
    outputs: z.array(
      z.discriminatedUnion('type', [
        z.object({ type: z.literal('logs'), logs: z.string() }),
        z.object({ type: z.literal('image'), image: z.object({ file_id: z.string() }) }),
      ]),
    ),
  }),
})
const searchResult = z
  .object({
    file_id: z.string(),
    file_name: z.string(),
    score: z.number(),
    attributes: withDefault(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])), {}),
    page_start: z.int().nullish(),
    page_end: z.int().nullish(),
    content: z.array(z.object({ type: z.literal('text'), text: z.string() })).nullish(),
  })
  .transform(({ page_start, page_end, content, ...found }) => ({
    ...found,
    ...(page_start != null && { page_start }),
    ...(page_end != null && { page_end }),
    ...(content && { content }),
  }))
const searchCall = z.object({
  id: z.string(),
  type: z.literal('file_search'),
  file_search: z
    .object({
      ranking_options: z
        .object({ ranker: z.enum(['auto', 'default_2024_08_21']), score_threshold: z.number() })
        .nullish()
        .catch(null),
      results: z.array(searchResult).nullish(),
    })
    .transform(({ ranking_options, results }) => ({
      ranking_options: ranking_options ?? { ranker: 'default_2024_08_21' as const, score_threshold: 0 },
      results: results ?? [],
    })),
})

const ownCall = (type: string) =>
  z.object({
    id: z.string(),
    type: z.literal(type),
    [type]: z.object({ arguments: z.string(), output: optional(z.string()) }),
  })

const details = (ownTools: readonly string[]) =>
  z.discriminatedUnion('type', [
    z.object({
      type: z.literal('message_creation'),
      message_creation: z.object({ message_id: z.string() }),
    }),
    z.object({
      type: z.literal('tool_calls'),
      tool_calls: z.array(
        z.discriminatedUnion('type', [functionCall, codeCall, searchCall, ...ownTools.map(ownCall)]),
      ),
    }),
  ])

const step = (ownTools: readonly string[]) =>
  object({
    run_id: z.string(),
    thread_id: z.string(),
    assistant_id: optionalId,
    created_at: time,
    status: z.enum(['in_progress', 'cancelled', 'failed', 'completed', 'expired']),
    cancelled_at: optionalTime,
    completed_at: optionalTime,
    expired_at: optionalTime,
    failed_at: optionalTime,
    last_error: optional(
      lastError.extend({ code: z.enum(['server_error', 'rate_limit_exceeded']).catch('server_error') }),
    ),
    step_details: details(ownTools),
    usage,
    metadata: metadataOrEmpty,
  })

/** Returns a parser of steps. `ownTools` are types of tools that the API does not have. */
export function stepParser(ownTools: readonly string[]) {
  const schema = step(ownTools)
  return (given: WireObject, leftOut?: NoteLeftOut): Omit<RunStepRecord, 'seq'> => {
    const fields = fieldsOf(given, 'id', 'object', 'type', 'expires_at')
    const { run_id, status, thread_id, assistant_id, ...one } = parseImported(schema, fields, leftOut)
    const open = status === 'in_progress'
    const step_details = one.step_details as StepDetails
    return {
      id: importedId('thread.run.step', given.id),
      project: 'default',
      run_id: importedId('thread.run', run_id),
      status: open ? 'expired' : status,
      body: {
        ...one,
        assistant_id: assistant_id ?? '',
        thread_id: importedId('thread', thread_id),
        type: step_details.type,
        expires_at: null,
        expired_at: open ? one.created_at : one.expired_at,
        step_details,
      },
    }
  }
}
