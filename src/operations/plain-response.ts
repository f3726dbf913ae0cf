import { readAhead } from '../common/read-ahead.ts'
import { toThreadId } from '../contract/responses/conversations.ts'
import type { InputItem } from '../contract/responses/input-items.ts'
import { asksForLogprobs } from '../contract/responses/logprobs.ts'
import type { ResponseRecord } from '../contract/responses/response.ts'
import { createdEvents } from '../responses/events.ts'
import type { Reader } from '../store/database.ts'
import { entriesIfShort } from '../store/entries-before.ts'
import { saveItems } from '../store/items.ts'
import type { PlainRun } from './begin-run.ts'
import type { Context } from './context.ts'
import { newResponse } from './new-response.ts'
import type { PromptedRequest } from './prompts.ts'
import { haveNewIds, inputOf } from './response-input.ts'

/**
 * A response to messages, by itself or in a conversation, for which nothing has to be looked up: no item, file, store or container
 * that it names, and no response that it goes on with. Undefined where something has.
 */
export async function plainResponse(
  ctx: Context,
  input: PromptedRequest,
  { id, provider, read }: { id: string; provider: string; read: readonly InputItem[] },
): Promise<PlainRun<ResponseRecord> | undefined> {
  const { conversation } = input
  const thread = conversation === undefined ? undefined : toThreadId(conversation)
  const isNamedWrong = conversation !== undefined && thread === undefined
  if (isNamedWrong || ctx.responses.isStrict || !isPlain(input) || !areNewMessages(read)) return undefined
  const items = await inputOf(ctx.db, ctx, { read, id })
  const origin = { previous: undefined, thread: thread === undefined ? undefined : { id: thread } }
  const queued = { ...newResponse(ctx, input, { id, provider, ...origin, hasNewIds: true }), input: items }
  return {
    queued,
    events: createdEvents(queued),
    rows: (tx) => saveItems(tx, items, id),
    ahead: thread === undefined ? undefined : (tx) => readNewest(tx, { id: thread, project: ctx.project }),
  }
}

/** Reads the items of the conversation, where they are few and short. */
async function readNewest(
  db: Reader,
  conversation: { id: string; project: string },
): Promise<Pick<ResponseRecord, 'newest'>> {
  const all = await entriesIfShort(db, conversation)
  return all ? { newest: readAhead(all) } : {}
}

const isPlain = ({
  previous_response_id: previous,
  tools = [],
  metadata,
  ...rest
}: PromptedRequest): boolean =>
  previous === undefined &&
  Object.keys(metadata).length === 0 &&
  !tools.some(({ type }) => type === 'file_search' || type === 'code_interpreter') &&
  // They are refused after a conversation that is not there.
  !asksForLogprobs(rest)

const areNewMessages = (read: readonly InputItem[]): boolean =>
  read.length > 0 && haveNewIds(read) && read.every((one) => 'given' in one && one.given.type === 'message')
