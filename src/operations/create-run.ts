import { createdEvents, type AssistantsEvent } from '../assistants/events.ts'
import { readNewest } from '../assistants/read-back.ts'
import { nowSeconds } from '../common/clock.ts'
import type { Metadata } from '../contract/metadata.ts'
import { logStart, type EventId } from '../contract/run-events.ts'
import { type CreateRunRequest, type CreateThreadAndRunRequest } from '../contract/run-input.ts'
import {
  newRunState,
  runLifetimeSeconds,
  toRun,
  unclaimedRun,
  type Run,
  type RunRecord,
  type RunRequest,
} from '../contract/runs.ts'
import { toThread, type ThreadRecord } from '../contract/threads.ts'
import { isExpired } from '../contract/vector-stores.ts'
import { notFound, storeIsExpired, threadHasActiveRun, threadIsEmpty } from '../errors/errors.ts'
import { newRunId } from '../common/ids.ts'
import type { RecentAssistant } from '../store/assistants.ts'
import type { Transaction } from '../store/database.ts'
import { firstMessage } from '../store/messages.ts'
import type { LiveEvents } from '../store/run-log.ts'
import type { Rate } from '../store/usage/rates.ts'
import { openThread } from '../store/threads.ts'
import { getVectorStore, touchVectorStores } from '../store/vector-stores.ts'
import { beginRun } from './begin-run.ts'
import { refuseSpentBudget } from './budgets.ts'
import type { Context } from './context.ts'
import { addMessages } from './messages.ts'
import { refuseUnknownChoice, snapshot } from './run-request.ts'
import type { Include } from './run-steps.ts'
import { newThread } from './threads.ts'
import { takeToolResources } from './tool-resources.ts'
import { refuseChanged, withAssistant } from './with-assistant.ts'

/** A run as it was when the request was finished, and the position in its log where a stream of it begins. */
export interface StartedRun {
  run: Run
  from: EventId
  /** The events since then, when they are to be streamed. */
  live: LiveEvents | undefined
  /** Whether this server has begun to work on it. */
  begunHere: boolean
  /** The limits per minute that it was counted against. */
  rates?: Rate[]
}

export async function createRun(
  ctx: Context,
  threadId: string,
  input: CreateRunRequest,
  include: Include,
): Promise<StartedRun> {
  return withAssistant(ctx, input, async ({ assistant, recent, provider, rates }) => {
    await refuseSpentBudget(ctx, { thread: threadId })
    const request = snapshot(assistant, input, include)
    const requested = { request, metadata: input.metadata }
    const plain = isPlain(input, request)
      ? { thread_id: threadId, assistant: recent, ...requested }
      : undefined
    return start(ctx, { provider, stream: input.stream, rates, plain }, async (tx) => {
      const [opened] = await Promise.all([openThread(tx, ctx.project, threadId), refuseChanged(tx, recent)])
      if (!opened) throw notFound('thread', threadId)
      const { thread, activeRun, sessionServer, touch } = opened
      if (activeRun !== undefined) throw threadHasActiveRun(threadId, activeRun)
      await addMessages(tx, ctx, thread, input.additional_messages, additional)
      touch(nowSeconds())
      refuseUnknownChoice(request)
      return { thread, sessionServer, ...requested, before: [] }
    })
  })
}

/** Whether a run needs nothing of its thread but that it is there and free. */
const isPlain = (input: CreateRunRequest, { instructions, tools, tool_choice: choice }: RunRequest) =>
  input.additional_messages.length === 0 &&
  Object.keys(input.metadata ?? {}).length === 0 &&
  Boolean(instructions) &&
  (choice === 'auto' || choice === 'none') &&
  !tools.some(({ type }) => type === 'file_search')

export async function createThreadAndRun(
  ctx: Context,
  input: CreateThreadAndRunRequest,
  include: Include,
): Promise<StartedRun> {
  return withAssistant(ctx, input, async ({ assistant, recent, provider, rates }) => {
    await refuseSpentBudget(ctx)
    return start(ctx, { provider, stream: input.stream, rates }, async (tx) => {
      const given = input.thread ?? { id: undefined, messages: [], tool_resources: {}, metadata: {} }
      const [thread] = await Promise.all([newThread(tx, ctx, given, 'thread.'), refuseChanged(tx, recent)])
      await addMessages(tx, ctx, thread, input.additional_messages, additional)
      const request = snapshot(assistant, input, include)
      refuseUnknownChoice(request)
      if (input.tool_resources) {
        request.tool_resources = await takeToolResources(tx, ctx, input.tool_resources)
      }
      const created: AssistantsEvent = { event: 'thread.created', data: toThread(thread, 'read') }
      return { thread, request, metadata: input.metadata, before: [created] }
    })
  })
}

/** The path of a message in the request. */
const additional = (index: number) => `additional_messages[${index}].`

interface Prepared {
  thread: ThreadRecord
  /** Which server has the Python session of the thread. */
  sessionServer?: string | undefined
  request: RunRequest
  metadata: Metadata | undefined
  /** These come before the events of the run. */
  before: AssistantsEvent[]
}

interface Starting {
  provider: string
  stream: boolean
  rates: Rate[]
  /** Tried first, where all is known of the run. */
  plain?:
    | ({ thread_id: string; assistant: RecentAssistant | undefined } & Pick<Prepared, 'request' | 'metadata'>)
    | undefined
}

/** Writes the run, its messages and its first events in one transaction. */
async function start(
  ctx: Context,
  { provider, stream, rates, plain: given }: Starting,
  prepare: (tx: Transaction) => Promise<Prepared>,
): Promise<StartedRun> {
  const id = newRunId()
  const plainRun = given && newRun(ctx, { id, provider, ...given })
  const plain = plainRun && {
    queued: plainRun,
    assistant: given.assistant,
    events: createdEvents(plainRun),
    ahead: (tx: Transaction) => readNewest(tx, plainRun),
  }
  const { queued, ...begun } = await beginRun(ctx, { id, provider, stream, plain }, async (tx) => {
    const { thread, sessionServer, before, ...requested } = await prepare(tx)
    const run = newRun(ctx, { id, provider, thread_id: thread.id, ...requested })
    if (!run.request.instructions && !(await firstMessage(tx, ctx.project, thread.id))) {
      throw threadIsEmpty()
    }
    await useVectorStores(tx, thread, run)
    return { queued: run, events: [...before, ...createdEvents(run)], sessionServer }
  })
  return { run: toRun(queued), from: logStart, rates, ...begun }
}

/** Refuses a run with an expired store. For the other stores this counts as a use. */
async function useVectorStores(tx: Transaction, thread: ThreadRecord, run: RunRecord): Promise<void> {
  if (!run.request.tools.some((tool) => tool.type === 'file_search')) return
  const resources = [run.request.tool_resources, thread.body.tool_resources]
  const ids = [...new Set(resources.flatMap((one) => one.file_search?.vector_store_ids ?? []))]
  for (const id of ids) {
    const store = await getVectorStore(tx, run.project, id)
    if (store && isExpired(store, run.created_at)) throw storeIsExpired(id)
  }
  await touchVectorStores(tx, run.project, ids, run.created_at)
}

const newRun = (
  ctx: Context,
  {
    id,
    provider,
    thread_id,
    request,
    metadata = {},
  }: { id: string; provider: string; thread_id: string; request: RunRequest; metadata: Metadata | undefined },
): RunRecord => {
  const now = nowSeconds()
  return {
    seq: 0,
    id,
    project: ctx.project,
    thread_id,
    provider,
    status: 'queued',
    created_at: now,
    expires_at: now + runLifetimeSeconds,
    ...unclaimedRun,
    api_key: ctx.apiKey,
    request,
    state: { ...newRunState(metadata), ...(ctx.trace && { trace: ctx.trace }) },
  }
}
