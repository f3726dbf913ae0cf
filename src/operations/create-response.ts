import { nowSeconds } from '../common/clock.ts'
import type { CreateResponseRequest } from '../contract/responses/create-response.ts'
import { servedTier } from '../contract/responses/service-tier.ts'
import type { InputItem } from '../contract/responses/input-items.ts'
import { prefixOf, type Item, type NewItem, type StoredItem } from '../contract/responses/items.ts'
import { toConversationId, toThreadId } from '../contract/responses/conversations.ts'
import {
  responseLifetimeSeconds,
  type ResponseRecord,
  type ResponseRequest,
} from '../contract/responses/response.ts'
import type { ThreadRecord } from '../contract/threads.ts'
import type { ResponseChain } from '../contract/response-chain.ts'
import { newRunState, unclaimedRun } from '../contract/runs.ts'
import { mutuallyExclusive, noInput, noLogprobs } from '../errors/response-errors.ts'
import { newItemId, newResponseId } from '../common/ids.ts'
import { endResponse } from '../responses/end-response.ts'
import { createdEvents } from '../responses/events.ts'
import type { Transaction } from '../store/database.ts'
import { itemsOfRun, saveItems } from '../store/items.ts'
import type { Rate } from '../store/usage/rates.ts'
import { admitRun } from './admit.ts'
import { containerOf } from './response-container.ts'
import { beginRun, type BegunRun } from './begin-run.ts'
import { refuseSpentBudget } from './budgets.ts'
import type { Context } from './context.ts'
import { openToAnswer, type ConversationToAnswer } from './conversations.ts'
import { givenItems, keyFor } from './given-items.ts'
import { withFileTexts } from './input-files.ts'
import { findPrevious } from './items-before.ts'
import { withKnownServers } from './known-servers.ts'
import { refuseUnknownModel } from './models.ts'
import { refuseOpenCalls } from './refuse-open-calls.ts'
import { allBefore, refuseUnknownApprovals } from './refuse-approvals.ts'
import { refuseHosted } from './refuse-hosted.ts'
import { refuseSwitchedOff, refuseUnknownChoice, refuseUnknownStores } from './refuse-tools.ts'
import { withPrompt, type PromptedRequest } from './prompts.ts'
import { chainAfter } from './response-chain.ts'
import { refuseAsOriginal, refuseServiceTier, refuseWithoutWord } from './strict-response.ts'

export interface BegunResponse extends BegunRun<ResponseRecord> {
  /** The limits per minute that it was counted against. */
  rates: Rate[]
}

/** What a request of a connection may do that a request by itself may not. */
export interface OfConnection {
  /** A response of the same connection, which may be gone on with although it is not stored. */
  latest?: string | undefined
  /** False to take the input and to answer nothing. */
  generate?: boolean | undefined
}

/** Begins a response, which is a run. It goes on whoever reads it. */
export async function createResponse(
  ctx: Context,
  asked: CreateResponseRequest,
  { latest, generate = true }: OfConnection = {},
): Promise<BegunResponse> {
  if (asked.conversation !== undefined && asked.previous_response_id !== undefined) throw mutuallyExclusive()
  if (ctx.responses.isStrict) refuseAsOriginal(asked)
  const input = await withKnownServers(ctx, await withPrompt(ctx, asked))
  refuseSwitchedOff(ctx, asked, input)
  refuseUnknownChoice(input)
  const { provider, rates, served } = await providerOf(ctx, input.model)
  await refuseHosted(ctx, input, served)
  if (ctx.responses.isStrict && served?.serviceTiers === false) refuseServiceTier(input)
  await refuseSpentBudget(ctx, { thread: threadOf(input), previous: input.previous_response_id })
  const id = newResponseId(input.previous_response_id ?? input.conversation)
  const key = await keyFor(ctx.db, input.input)
  const read = await withFileTexts(ctx, input.input, { model: served?.model })
  const { stream, background } = input
  // A stream in the background is read from what is on disk, as whoever comes back to it reads it.
  const begun = await beginRun(ctx, { id, provider, stream: stream || !background }, async (tx) => {
    const opened =
      input.conversation === undefined
        ? undefined
        : await openToAnswer(tx, ctx, input.conversation, { waits: ctx.responses.queues && generate })
    const waits = opened?.isLocked
    const previous =
      input.previous_response_id === undefined
        ? undefined
        : await findPrevious(tx, ctx.project, input.previous_response_id, latest)
    await refuseUnknownStores(tx, ctx, input)
    const origin = { previous, thread: opened?.thread }
    const items = await inputOf(tx, ctx, { read, key, id })
    if (items.length === 0 && !previous && !opened && !input.prompt) throw noInput()
    refuseLogprobs(input)
    const before = await newestBefore(tx, { previous, opened })
    await refuseItems(tx, ctx, input, { items, before, origin })
    const container = await containerOf(tx, ctx, {
      tools: input.tools ?? [],
      previous: previous?.state.container,
      threadId: opened?.thread.id,
      items: [...before, ...items].map(({ body }) => body),
    })
    const chain = previous
      ? await chainAfter(tx, previous)
      : opened && { first: opened.thread.id, used: opened.used }
    const queued = newResponse(ctx, input, { id, provider, ...origin, chain, container: container?.id })
    const rows = (done: Transaction, { seq: run }: ResponseRecord) =>
      saveItems(
        done,
        items.map((one) => ({ ...one, run })),
      )
    const sessionServer = container?.sessionServer ?? opened?.sessionServer
    const nothing = (last: Transaction, run: ResponseRecord) =>
      endResponse(last, ctx.log, run, { status: 'completed' }, { items: [] })
    return {
      queued: waits ? { ...queued, thread_id: null, state: { ...queued.state, waited: true } } : queued,
      events: createdEvents(queued),
      rows,
      sessionServer,
      waitsFor: waits ? (queued.thread_id ?? undefined) : undefined,
      end: generate ? undefined : nothing,
    }
  })
  return { ...begun, rates }
}

/** No model of this server gives them. The original looked at what a model can do last. */
function refuseLogprobs({ include, top_logprobs: count = 0 }: CreateResponseRequest): void {
  if (include?.includes('message.output_text.logprobs')) throw noLogprobs('include')
  if (count > 0) throw noLogprobs('top_logprobs')
}

/** The thread that the conversation of a request is, if it names one. */
const threadOf = ({ conversation }: CreateResponseRequest): string | null =>
  conversation === undefined ? null : (toThreadId(conversation) ?? null)

async function providerOf(ctx: Context, name: string) {
  await refuseUnknownModel(ctx, name)
  const served = await ctx.catalog.resolve(name)
  const rates: Rate[] = await admitRun(ctx, served?.name ?? name)
  return { provider: served?.provider ?? name, rates, served }
}

/** Refuses items that do not fit to each other, or to what they go on with. */
async function refuseItems(
  tx: Transaction,
  { project, responses }: Context,
  request: PromptedRequest,
  { items, before, origin }: { items: NewItem[]; before: { body: StoredItem }[]; origin: Origin },
): Promise<void> {
  refuseOpenCalls(items, { before, wasCancelled: origin.previous?.status === 'cancelled' })
  await refuseUnknownApprovals(tx, project, { input: items, newest: before }, origin)
  if (responses.isStrict)
    await refuseWithoutWord(request, [...before, ...items], (word) => allBefore(tx, project, origin, [word]))
}

/** The items of the input, which are not of a run yet. */
async function inputOf(
  tx: Transaction,
  { project, responses }: Context,
  { read, key, id }: { read: InputItem[]; key: Buffer | undefined; id: string },
): Promise<NewItem[]> {
  const newId = (type: Item['type']) => newItemId(prefixOf(type), id)
  const given = await givenItems(tx, project, read, { key, newId, isStrict: responses.isStrict })
  return given.map((body) => inputItem(body, project))
}

const inputItem = (body: StoredItem, project: string): NewItem => ({
  id: body.item.id,
  project,
  run: 0,
  part: 'input',
  output_index: null,
  body,
})

async function newestBefore(
  tx: Transaction,
  { previous, opened }: { previous: ResponseRecord | undefined; opened: ConversationToAnswer | undefined },
): Promise<{ body: StoredItem }[]> {
  return previous ? itemsOfRun(tx, previous.seq, ['output', 'input']) : (opened?.newest ?? [])
}

/** What a response goes on with. At most one of the two is set. */
interface Origin {
  previous: ResponseRecord | undefined
  thread: ThreadRecord | undefined
}

interface NewResponse extends Origin {
  id: string
  provider: string
  chain: ResponseChain | undefined
  container: string | undefined
}

function newResponse(
  ctx: Context,
  input: PromptedRequest,
  { id, provider, previous, thread, chain, container }: NewResponse,
): ResponseRecord {
  const now = nowSeconds()
  return {
    seq: 0,
    id,
    project: ctx.project,
    thread_id: thread?.id ?? null,
    provider,
    status: 'queued',
    created_at: now,
    expires_at: now + responseLifetimeSeconds,
    ...unclaimedRun,
    api: 'responses',
    stored: input.store ? 1 : 0,
    previous: previous?.id ?? null,
    api_key: ctx.apiKey,
    request: snapshot(input),
    state: {
      ...newRunState(input.metadata),
      ...(ctx.trace && { trace: ctx.trace }),
      previous_response_id: previous?.id ?? null,
      ...(chain && { chain }),
      ...(thread && { conversation: toConversationId(thread.id) }),
      ...(container !== undefined && { container }),
    },
  }
}

/** What the response shows of its request. What was left out has its default. */
function snapshot(input: PromptedRequest): ResponseRequest {
  return {
    model: input.model,
    background: input.background,
    stream: input.stream,
    store: input.store,
    include: input.include ?? [],
    ...(input.context_management?.[0] && {
      compact_at: input.context_management[0].compact_threshold ?? null,
    }),
    instructions: input.promptInstructions ?? input.instructions ?? null,
    ...(input.prompt && { prompt: input.prompt }),
    frequency_penalty: input.frequency_penalty ?? 0,
    presence_penalty: input.presence_penalty ?? 0,
    temperature: input.temperature ?? 1,
    top_p: input.top_p ?? 1,
    max_output_tokens: input.max_output_tokens ?? null,
    max_tool_calls: input.max_tool_calls ?? null,
    parallel_tool_calls: input.parallel_tool_calls,
    prompt_cache_key: input.prompt_cache_key ?? null,
    prompt_cache_retention: input.prompt_cache_retention ?? null,
    reasoning: { effort: input.reasoning?.effort ?? null, summary: input.reasoning?.summary ?? null },
    safety_identifier: input.safety_identifier ?? null,
    service_tier: servedTier(input.service_tier),
    text: {
      format: input.text?.format ?? { type: 'text' },
      verbosity: input.text?.verbosity ?? 'medium',
    },
    tool_choice: input.tool_choice ?? 'auto',
    tools: input.tools ?? [],
    truncation: input.truncation,
    user: input.user ?? null,
  }
}
