import type { CreateResponseRequest } from '../contract/responses/create-response.ts'
import type { InputItem } from '../contract/responses/input-items.ts'
import type { NewItem, StoredItem } from '../contract/responses/items.ts'
import { toThreadId } from '../contract/responses/conversations.ts'
import type { ResponseRecord } from '../contract/responses/response.ts'
import { mutuallyExclusive, noInput } from '../errors/response-errors.ts'
import { newResponseId } from '../common/ids.ts'
import { endResponse } from '../responses/end-response.ts'
import { createdEvents } from '../responses/events.ts'
import type { Transaction } from '../store/database.ts'
import { itemsOfRun, saveItems } from '../store/items.ts'
import type { Rate } from '../store/usage/rates.ts'
import { admitRun } from './admit.ts'
import { containerOf } from './response-container.ts'
import { beginRun, type BegunRun, type NewRun } from './begin-run.ts'
import { refuseSpentBudget } from './budgets.ts'
import type { Context, Served } from './context.ts'
import { openToAnswer, type ConversationToAnswer } from './conversations.ts'
import { keyFor } from './given-items.ts'
import { withFileTexts } from './input-files.ts'
import { findPrevious } from './items-before.ts'
import { withKnownServers } from './known-servers.ts'
import { refuseUnknownModel } from './models.ts'
import { newResponse, type Origin } from './new-response.ts'
import { plainResponse } from './plain-response.ts'
import { refuseOpenCalls } from './refuse-open-calls.ts'
import { refuseLogprobs } from './refuse-logprobs.ts'
import { allBefore, refuseUnknownApprovals } from './refuse-approvals.ts'
import { refuseHosted } from './refuse-hosted.ts'
import { refuseSwitchedOff, refuseUnknownChoice, refuseUnknownStores } from './refuse-tools.ts'
import { withPrompt, type PromptedRequest } from './prompts.ts'
import { chainAfter } from './response-chain.ts'
import { haveNewIds, inputOf } from './response-input.ts'
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
  /** Nothing is written when it is aborted: what the connection has waiting was given back by then. */
  open?: AbortSignal | undefined
}

/** Begins a response, which is a run. It goes on whoever reads it. */
export async function createResponse(
  ctx: Context,
  asked: CreateResponseRequest,
  { latest, generate = true, open }: OfConnection = {},
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
  const plain = generate ? await plainResponse(ctx, input, { id, provider, read }) : undefined
  // A stream in the background is read from what is on disk, as whoever comes back to it reads it.
  const of = { id, provider, stream: stream || !background, plain }
  const asking = { input, id, provider, served, key, read, latest, generate, open }
  const begun = await beginRun(ctx, of, (tx) => prepare(tx, ctx, asking))
  return { ...begun, rates }
}

interface Asking extends OfConnection {
  input: PromptedRequest
  id: string
  provider: string
  served: Served | undefined
  /** With which sealed items can be read. */
  key: Buffer | undefined
  /** The input with the texts of its files. */
  read: InputItem[]
}

/** Looks at what the response goes on with and names, in the transaction that writes it. */
async function prepare(
  tx: Transaction,
  ctx: Context,
  { input, id, provider, served, key, read, latest, generate, open }: Asking,
): Promise<NewRun<ResponseRecord>> {
  const opened =
    input.conversation === undefined
      ? undefined
      : await openToAnswer(tx, ctx, input.conversation, { waits: ctx.responses.queues && generate === true })
  const waits = opened?.isLocked
  const previous =
    input.previous_response_id === undefined
      ? undefined
      : await findPrevious(tx, ctx.project, input.previous_response_id, latest)
  await refuseUnknownStores(tx, ctx, input)
  const origin = { previous, thread: opened?.thread }
  const items = await inputOf(tx, ctx, { read, key, id })
  if (items.length === 0 && !previous && !opened && !input.prompt) throw noInput()
  refuseLogprobs(input, served)
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
  const hasNewIds = haveNewIds(read)
  const of = { id, provider, ...origin, chain, container: container?.id, hasNewIds }
  const queued = { ...newResponse(ctx, input, of), input: items }
  open?.throwIfAborted()
  const nothing = (last: Transaction, run: ResponseRecord) =>
    endResponse(last, ctx.log, run, { status: 'completed' }, { items: [] })
  return {
    queued: waits ? { ...queued, thread_id: null, state: { ...queued.state, waited: true } } : queued,
    events: createdEvents(queued),
    rows: (done) => saveItems(done, items, id),
    sessionServer: container?.sessionServer ?? opened?.sessionServer,
    waitsFor: waits ? (queued.thread_id ?? undefined) : undefined,
    end: generate ? undefined : nothing,
  }
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

async function newestBefore(
  tx: Transaction,
  { previous, opened }: { previous: ResponseRecord | undefined; opened: ConversationToAnswer | undefined },
): Promise<{ body: StoredItem }[]> {
  return previous ? itemsOfRun(tx, previous.seq, ['output', 'input']) : (opened?.newest ?? [])
}
