import type { InputItem } from '../contract/responses/input-items.ts'
import type { StoredItem } from '../contract/responses/items.ts'
import type { ResponseRecord } from '../contract/responses/response.ts'
import { mutuallyExclusive, previousNotFound } from '../errors/response-errors.ts'
import type { Reader } from '../store/database.ts'
import { responseById } from '../store/responses.ts'
import { SaidBefore } from '../store/said-before.ts'
import type { Context } from './context.ts'
import { readConversation } from './conversation-items.ts'
import { givenItems, keyFor } from './given-items.ts'
import { withFileTexts } from './input-files.ts'
import { refuseInputAsOriginal } from './strict-response.ts'

/** What was said before, in the conversation or the chain that a request names. */
async function saidBefore(
  ctx: Context,
  {
    conversation,
    previous_response_id: previous,
  }: { conversation?: string | undefined; previous_response_id?: string | undefined },
): Promise<SaidBefore> {
  const { db, project } = ctx
  if (conversation !== undefined && previous !== undefined) throw mutuallyExclusive()
  const thread_id = conversation === undefined ? null : (await readConversation(ctx, conversation)).id
  if (previous !== undefined) await findPrevious(db, project, previous)
  return new SaidBefore(db, { project, thread_id, previous: previous ?? null })
}

/** What a model would read of a request that begins no response: what was said before, and its input. */
export async function itemsToRead(
  ctx: Context,
  request: {
    input: InputItem[]
    conversation?: string | undefined
    previous_response_id?: string | undefined
  },
): Promise<{ before: SaidBefore; given: StoredItem[] }> {
  const { db, project, responses } = ctx
  const { isStrict } = responses
  if (isStrict) refuseInputAsOriginal(request.input)
  const before = await saidBefore(ctx, request)
  const key = await keyFor(db, request.input)
  const given = await givenItems(db, project, await withFileTexts(ctx, request.input), { key, isStrict })
  return { before, given }
}

/**
 * A response that can be gone on with: one that is stored, or the `latest` of a connection, and that has ended.
 */
export async function findPrevious(
  db: Reader,
  project: string,
  id: string,
  latest?: string,
): Promise<ResponseRecord> {
  const found = await responseById(db, project, id)
  if (!found || (found.stored === 0 && id !== latest)) throw previousNotFound(id)
  if (found.status === 'queued' || found.status === 'in_progress') throw previousNotFound(id)
  return found
}
