import type { AssistantRecord } from '../contract/assistants.ts'
import { ApiError, notFound } from '../errors/errors.ts'
import { isUnchanged, readAssistant, recentAssistant, type RecentAssistant } from '../store/assistants.ts'
import type { Transaction } from '../store/database.ts'
import type { Rate } from '../store/usage/rates.ts'
import { admitRun, giveBackRun } from './admit.ts'
import type { Context } from './context.ts'
import { refuseUnservedModel } from './models.ts'

/** What a run is created of: its assistant, and what is known of its model. */
export interface Chosen {
  assistant: AssistantRecord
  /** The assistant was not read for this run: the transaction that creates it has to refuse one that has changed. */
  recent?: RecentAssistant
  provider: string
  /** The limits per minute that the run was counted against. */
  rates: Rate[]
}

interface Asked {
  assistant_id: string
  model?: string | undefined
}

/**
 * Creates a run of an assistant, at first of the assistant as this server has read it last, which saves a round trip. Where that was
 * changed or deleted since, nothing was created or counted, and it is read.
 */
export async function withAssistant<Run>(
  ctx: Context,
  asked: Asked,
  create: (chosen: Chosen) => Promise<Run>,
): Promise<Run> {
  const recent = recentAssistant(ctx.project, asked.assistant_id)
  const created = recent && (await createAsRead(ctx, recent, asked, create))
  if (created) return created
  const assistant = await readAssistant(ctx.db, ctx.project, asked.assistant_id)
  if (!assistant) throw notFound('assistant', asked.assistant_id)
  return create({ assistant, ...(await admit(ctx, assistant, asked)) })
}

/** Undefined where the assistant is no longer as it was read. */
async function createAsRead<Run>(
  ctx: Context,
  recent: RecentAssistant,
  asked: Asked,
  create: (chosen: Chosen) => Promise<Run>,
): Promise<Run | undefined> {
  const { assistant } = recent
  let rates: Rate[] = []
  try {
    const admitted = await admit(ctx, assistant, asked)
    rates = admitted.rates
    return await create({ assistant, recent, ...admitted })
  } catch (error) {
    // What the caller is told may be true of the assistant as it was only. After any other error the run may be there.
    const isOfOldOne = error instanceof ApiError && !(await isUnchanged(ctx.db, recent))
    if (!isOfOldOne && !(error instanceof AssistantChanged)) throw error
    giveBackRun(ctx, rates)
    return undefined
  }
}

class AssistantChanged extends Error {}

/** For the transaction of a run that was begun with an assistant from memory. */
export async function refuseChanged(tx: Transaction, recent: RecentAssistant | undefined): Promise<void> {
  if (recent && !(await isUnchanged(tx, recent))) throw new AssistantChanged()
}

/** Refuses a run whose model is not served, or which is over a limit per minute. */
async function admit(ctx: Context, { body }: AssistantRecord, asked: Asked) {
  const model = asked.model ?? body.model
  await refuseUnservedModel(ctx, model, { mayWait: model === body.model })
  const served = await ctx.catalog.resolve(model)
  return { provider: served?.provider ?? model, rates: await admitRun(ctx, served?.name ?? model) }
}
