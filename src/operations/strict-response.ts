import type { CreateResponseRequest } from '../contract/responses/create-response.ts'
import type { InputItem } from '../contract/responses/input-items.ts'
import type { StoredItem } from '../contract/responses/items.ts'
import { invalidEncryptedContent, itemNotFound, needsStore, reasoningAlone } from '../response-errors.ts'
import type { Reader } from '../store/database.ts'
import { itemsById } from '../store/items.ts'

/** Refuses what the original refused of a request as a whole, and this server forgives. */
export function refuseAsOriginal({ background, store, input }: CreateResponseRequest): void {
  if (background && !store) throw needsStore()
  for (const [at, one] of input.entries())
    if ('given' in one && one.given.type === 'reasoning' && !isFollowed(input[at + 1]))
      throw reasoningAlone(one.given.id ?? '')
}

/** Reasoning stands before what came of it: a message of the assistant, a call, or more reasoning. */
function isFollowed(next: InputItem | undefined): boolean {
  if (!next) return false
  if ('reference' in next) return true
  const { given } = next
  return given.type === 'message' ? given.role === 'assistant' : !given.type.endsWith('_output')
}

/** Refuses reasoning that is stored nowhere and is not sent along, and such that was sealed elsewhere. */
export async function refuseForeignReasoning(
  db: Reader,
  project: string,
  items: readonly StoredItem[],
): Promise<void> {
  for (const { item, told } of items) {
    if (item.type !== 'reasoning') continue
    if (item.encrypted_content === undefined) {
      if (!(await itemsById(db, project, [item.id])).has(item.id)) throw itemNotFound(item.id)
    } else if (told === undefined) throw invalidEncryptedContent(item.encrypted_content)
  }
}
