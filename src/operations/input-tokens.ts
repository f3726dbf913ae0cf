import type { InputTokens, InputTokensRequest } from '../contract/responses/create-response.ts'
import type { Item, StoredItem } from '../contract/responses/items.ts'
import { itemNotFound, mutuallyExclusive, previousNotFound } from '../response-errors.ts'
import { sizeOf, sizeOfText } from '../responses/fit-turns.ts'
import { toTurns } from '../responses/to-turns.ts'
import { allEntries } from '../store/conversation-items.ts'
import { itemsById, itemsOfChain } from '../store/items.ts'
import { responseById } from '../store/responses.ts'
import type { Context } from './context.ts'
import { findConversation } from './conversations.ts'

/** About how many tokens a model would read. Each provider counts in its own way, so this is an estimate. */
export async function countInputTokens(ctx: Context, input: InputTokensRequest): Promise<InputTokens> {
  const items = [...(await itemsBefore(ctx, input)), ...(await givenItems(ctx, input))]
  const turns = toTurns(items.map((stored) => ({ stored, own: false })))
  const fixed = [input.instructions ?? '', ...(input.tools ?? []).map((tool) => JSON.stringify(tool))]
  const format = input.text?.format
  if (format?.type === 'json_schema') fixed.push(JSON.stringify(format.schema))
  const input_tokens =
    turns.reduce((sum, { turn }) => sum + sizeOf(turn), 0) +
    fixed.reduce((sum, text) => sum + sizeOfText(text), 0)
  return { object: 'response.input_tokens', input_tokens }
}

async function itemsBefore(
  { db, project }: Context,
  { conversation, previous_response_id: previous }: InputTokensRequest,
): Promise<StoredItem[]> {
  if (conversation !== undefined && previous !== undefined) throw mutuallyExclusive()
  if (conversation !== undefined) {
    const thread = await findConversation(db, project, conversation)
    return (await allEntries(db, project, thread.id)).map(({ body }) => body)
  }
  if (previous === undefined) return []
  if ((await responseById(db, project, previous))?.stored !== 1) throw previousNotFound(previous)
  return (await itemsOfChain(db, project, previous)).map(({ body }) => body)
}

async function givenItems({ db, project }: Context, { input }: InputTokensRequest): Promise<StoredItem[]> {
  const ids = input.flatMap((one) => ('reference' in one ? [one.reference] : []))
  const stored = await itemsById(db, project, ids)
  return input.map((one) => {
    if ('given' in one) return { item: { id: '', ...one.given } as Item }
    const found = stored.get(one.reference)?.body
    if (!found) throw itemNotFound(one.reference)
    return found
  })
}
