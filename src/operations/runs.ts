import { nowSeconds } from '../clock.ts'
import type { AssistantRecord } from '../contract/assistants.ts'
import { logStart, type EventId } from '../contract/run-events.ts'
import { isTerminal } from '../contract/run-status.ts'
import { toRunStep } from '../contract/run-steps.ts'
import {
  toRun,
  type CreateRunRequest,
  type CreateThreadAndRunRequest,
  type ModifyRunRequest,
  type Run,
  type RunRecord,
  type RunRequest,
  type SubmitToolOutputsRequest,
} from '../contract/runs.ts'
import { toThread, type ThreadRecord } from '../contract/threads.ts'
import { noUsage } from '../contract/usage.ts'
import { conflict, invalid, notFound } from '../errors.ts'
import { newRunId } from '../ids.ts'
import { getAssistant } from '../store/assistants.ts'
import type { Transaction } from '../store/database.ts'
import { endRun } from '../store/end-run.ts'
import { firstMessage } from '../store/messages.ts'
import type { PageQuery } from '../store/page.ts'
import { stepsOfRuns, updateStep } from '../store/run-steps.ts'
import * as rows from '../store/runs.ts'
import { cancelRequested, runQueued } from '../store/signals.ts'
import { getThread } from '../store/threads.ts'
import type { Context } from './context.ts'
import { toList, type List } from './list.ts'
import { addMessages } from './messages.ts'
import { refuseUnservedModel } from './models.ts'
import { newThread } from './threads.ts'

/** A run as it was when the caller's request was done, and the place in its log from which a stream of it starts. */
export interface StartedRun {
  run: Run
  from: EventId
}

/** How long a cancel waits for the worker to let go, in milliseconds; the thread is free when it has. */
const cancelPatience = 2_000

export async function createRun(
  ctx: Context,
  threadId: string,
  input: CreateRunRequest,
): Promise<StartedRun> {
  const assistant = await assistantOf(ctx, input)
  return start(ctx, async (tx) => {
    const thread = await getThread(tx, ctx.project, threadId)
    if (!thread) throw notFound('thread', threadId)
    const active = await rows.activeRun(tx, threadId)
    if (active) throw conflict(`Thread ${threadId} already has an active run ${active.id}.`)
    await addMessages(tx, ctx, thread, input.additional_messages, 'additional_messages')
    return { thread, record: newRun(ctx, thread, snapshot(assistant, input), input.metadata), before: [] }
  })
}

export async function createThreadAndRun(
  ctx: Context,
  input: CreateThreadAndRunRequest,
): Promise<StartedRun> {
  const assistant = await assistantOf(ctx, input)
  return start(ctx, async (tx) => {
    const thread = await newThread(
      tx,
      ctx,
      input.thread ?? { messages: [], tool_resources: {}, metadata: {} },
      'thread.',
    )
    await addMessages(tx, ctx, thread, input.additional_messages, 'additional_messages')
    const request = snapshot(assistant, input)
    if (input.tool_resources) request.tool_resources = input.tool_resources
    return {
      thread,
      record: newRun(ctx, thread, request, input.metadata),
      before: [{ event: 'thread.created', data: toThread(thread, 'read') }],
    }
  })
}

export async function listRuns(ctx: Context, threadId: string, query: PageQuery): Promise<List<Run>> {
  if (!(await getThread(ctx.db, ctx.project, threadId))) throw notFound('thread', threadId)
  return toList(await rows.listRuns(ctx.db, ctx.project, threadId, query), (record) => toRun(record))
}

export async function getRun(ctx: Context, threadId: string, runId: string): Promise<Run> {
  return toRun(await find(ctx, threadId, runId))
}

export async function modifyRun(
  ctx: Context,
  threadId: string,
  runId: string,
  input: ModifyRunRequest,
): Promise<Run> {
  return ctx.db.write(async (tx) => {
    const run = await find({ ...ctx, db: tx }, threadId, runId)
    if (!isTerminal(run.status)) throw conflict(`Cannot update run with status '${toRun(run).status}'.`)
    if (input.metadata === undefined) return toRun(run)
    return toRun(await rows.writeRun(tx, ctx.log, run, { state: { metadata: input.metadata ?? {} } }))
  })
}

/**
 * Stops a run. One that no worker holds ends at once; otherwise its worker is told, and the answer waits for it a
 * little, because clients add a message to the thread as soon as they have it.
 */
export async function cancelRun(ctx: Context, threadId: string, runId: string): Promise<Run> {
  const run = await ctx.db.write(async (tx) => {
    const run = await find({ ...ctx, db: tx }, threadId, runId)
    const { status } = toRun(run)
    if (isTerminal(status) || status === 'cancelling')
      throw conflict(`Cannot cancel run with status '${status}'.`)
    if (run.lease_owner === null) return endRun(tx, ctx.log, run, { status: 'cancelled' })
    await rows.requestCancel(tx, run.id)
    tx.afterCommit(() => ctx.signals.raise(cancelRequested(run.id)))
    return run
  })
  if (!isTerminal(run.status)) await settled(ctx, runId)
  return toRun(await find(ctx, threadId, runId))
}

/** For a thread that is about to go. */
export async function cancelActiveRun(ctx: Context, threadId: string): Promise<void> {
  const active = await rows.activeRun(ctx.db, threadId)
  if (!active) return
  const run = await rows.getRun(ctx.db, ctx.project, threadId, active.id)
  if (run && !run.cancel_requested && !isTerminal(run.status)) await cancelRun(ctx, threadId, active.id)
}

export async function submitToolOutputs(
  ctx: Context,
  threadId: string,
  runId: string,
  input: SubmitToolOutputsRequest,
): Promise<StartedRun> {
  return ctx.db.write(async (tx) => {
    const run = await find({ ...ctx, db: tx }, threadId, runId)
    const { status } = toRun(run)
    if (status !== 'requires_action') throw conflict(`Runs in status "${status}" do not accept tool outputs.`)
    const from = { attempt: run.attempt, seq: run.last_event }
    const step = (await stepsOfRuns(tx, ctx.project, [runId])).find((one) => one.status === 'in_progress')
    if (step?.body.step_details.type !== 'tool_calls') throw new Error(`run ${runId} waits without a step`)
    const expected = run.state.required_action?.submit_tool_outputs.tool_calls.map((call) => call.id) ?? []
    const outputs = new Map(input.tool_outputs.map((one) => [one.tool_call_id, one.output]))
    if (outputs.size !== input.tool_outputs.length || !sameIds(expected, [...outputs.keys()])) {
      const got = input.tool_outputs.map((one) => one.tool_call_id)
      throw conflict(`Expected tool outputs for call_ids ${pythonList(expected)}, got ${pythonList(got)}`)
    }
    for (const call of step.body.step_details.tool_calls) {
      if (call.type === 'function') call.function.output = outputs.get(call.id) ?? call.function.output
    }
    step.status = 'completed'
    step.body.completed_at = nowSeconds()
    step.body.usage = step.body.turn_usage ?? noUsage
    await updateStep(tx, step)
    const next = await rows.writeRun(tx, ctx.log, run, {
      events: [{ event: 'thread.run.step.completed', data: toRunStep(step, { includeContent: false }) }],
      moves: ['queued'],
      state: { required_action: null },
    })
    tx.afterCommit(() => ctx.signals.raise(runQueued))
    return { run: toRun(next), from }
  })
}

async function find(
  ctx: Pick<Context, 'project'> & { db: Pick<Transaction, 'get' | 'all'> },
  threadId: string,
  runId: string,
) {
  const run = await rows.getRun(ctx.db, ctx.project, threadId, runId)
  if (run) return run
  if (!(await getThread(ctx.db, ctx.project, threadId))) throw notFound('thread', threadId)
  throw notFound('run', runId)
}

/** Waits until the run has ended, or until patience has. */
async function settled(ctx: Context, runId: string): Promise<void> {
  using live = ctx.log.attach(runId)
  const patience = AbortSignal.timeout(cancelPatience)
  while (!patience.aborted) {
    const run = await rows.runProgress(ctx.db, runId)
    if (!run || isTerminal(run.status)) return
    await live.wait(cancelPatience, patience)
  }
}

async function assistantOf(ctx: Context, input: CreateRunRequest | CreateThreadAndRunRequest) {
  const assistant = await getAssistant(ctx.db, ctx.project, input.assistant_id)
  if (!assistant) throw notFound('assistant', input.assistant_id)
  await refuseUnservedModel(ctx, input.model ?? assistant.body.model)
  return assistant
}

/** The run, its thread's additions and its first events in one transaction; then the worker is woken. */
async function start(
  ctx: Context,
  prepare: (tx: Transaction) => Promise<{ thread: ThreadRecord; record: RunRecord; before: rows.NewEvent[] }>,
): Promise<StartedRun> {
  return ctx.db.write(async (tx) => {
    const { thread, record, before } = await prepare(tx)
    if (record.request.instructions === null && !(await firstMessage(tx, ctx.project, thread.id))) {
      throw conflict(
        'Run creation requires a Thread with a user message or an assistant with instructions.',
        'invalid_thread',
      )
    }
    const run = await rows.insertRun(tx, ctx.log, record, before)
    tx.afterCommit(() => ctx.signals.raise(runQueued))
    return { run: toRun(run), from: logStart }
  })
}

const runLifetime = 600

const newRun = (ctx: Context, thread: ThreadRecord, request: RunRequest, metadata = {}): RunRecord => {
  const now = nowSeconds()
  return {
    seq: 0,
    id: newRunId(),
    project: ctx.project,
    thread_id: thread.id,
    status: 'queued',
    created_at: now,
    expires_at: now + runLifetime,
    cancel_requested: false,
    attempt: 0,
    lease_owner: null,
    lease_until: null,
    last_event: 0,
    request,
    state: {
      started_at: null,
      cancelled_at: null,
      failed_at: null,
      completed_at: null,
      required_action: null,
      last_error: null,
      incomplete_details: null,
      usage: null,
      metadata,
    },
  }
}

/** What the run will do, whatever happens to its assistant afterwards. */
function snapshot(
  { id, body }: AssistantRecord,
  input: CreateRunRequest | CreateThreadAndRunRequest,
): RunRequest {
  const tools = input.tools ?? body.tools
  const instructions = input.instructions ?? body.instructions
  const request: RunRequest = {
    assistant_id: id,
    model: input.model ?? body.model,
    instructions:
      input.additional_instructions === undefined
        ? instructions
        : [instructions, input.additional_instructions].filter(Boolean).join('\n'),
    tools,
    tool_resources: body.tool_resources,
    temperature: input.temperature ?? body.temperature,
    top_p: input.top_p ?? body.top_p,
    reasoning_effort: input.reasoning_effort ?? body.reasoning_effort,
    max_completion_tokens: input.max_completion_tokens ?? null,
    max_prompt_tokens: input.max_prompt_tokens ?? null,
    truncation_strategy: input.truncation_strategy ?? { type: 'auto', last_messages: null },
    response_format: input.response_format ?? body.response_format,
    tool_choice: input.tool_choice ?? 'auto',
    parallel_tool_calls: input.parallel_tool_calls ?? true,
  }
  refuseUnknownChoice(request)
  return request
}

/** A tool that the run does not have cannot be forced. */
function refuseUnknownChoice({ tool_choice: choice, tools }: RunRequest): void {
  if (choice === 'required' && tools.length === 0) {
    throw invalid(
      "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
      'tool_choice',
    )
  }
  if (typeof choice === 'string') return
  const found = tools.some((tool) =>
    choice.type === 'function'
      ? tool.type === 'function' && tool.function.name === choice.function.name
      : tool.type === choice.type,
  )
  if (found) return
  const name = choice.type === 'function' ? choice.function.name : choice.type
  throw invalid(`Invalid value for 'tool_choice': tool '${name}' was not found in 'tools'.`, 'tool_choice')
}

const sameIds = (a: string[], b: string[]) => a.length === b.length && a.every((id) => b.includes(id))

/** Clients match the original's text, which was a Python list. */
const pythonList = (ids: string[]) => `[${ids.map((id) => `'${id}'`).join(', ')}]`
