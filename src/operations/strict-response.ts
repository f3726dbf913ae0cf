import type { CreateResponseRequest } from '../contract/responses/create-response.ts'
import type { InputItem } from '../contract/responses/input-items.ts'
import { isCall, isCallOutput, type Item, type StoredItem } from '../contract/responses/items.ts'
import { strictFault } from '../contract/strict-schema.ts'
import {
  duplicateCall,
  invalidEncryptedContent,
  itemNotFound,
  lacksWordJson,
  needsStore,
  reasoningAlone,
  schemaNotStrict,
  unsupportedParameter,
} from '../errors/response-errors.ts'
import type { Reader } from '../store/database.ts'
import { itemsById } from '../store/items-by-id.ts'
import { kindOf } from './refuse-open-calls.ts'

/** Refuses what the original refused of a request as a whole, and this server forgives. */
export function refuseAsOriginal(request: CreateResponseRequest): void {
  const { background, store, input } = request
  if (background && !store) throw needsStore()
  refuseInputAsOriginal(input)
  refuseLooseSchemas(request)
}

/** Of a provider that has no tiers. The default is what it does anyway. */
export function refuseServiceTier({ service_tier: tier }: Pick<CreateResponseRequest, 'service_tier'>): void {
  if (tier !== 'auto' && tier !== 'default') throw unsupportedParameter('service_tier')
}

/** The same of the input alone. */
export function refuseInputAsOriginal(input: readonly InputItem[]): void {
  for (const [at, one] of input.entries())
    if ('given' in one && one.given.type === 'reasoning' && !isFollowed(input[at + 1]))
      throw reasoningAlone(one.given.id ?? '')
  refuseSecondCalls(input)
}

/** A call is made once, and answered once. */
function refuseSecondCalls(input: readonly InputItem[]): void {
  const called = new Set<string>()
  const answered = new Set<string>()
  for (const one of input) {
    if (!('given' in one)) continue
    const item = one.given as Item
    const of = isCall(item) ? called : isCallOutput(item) ? answered : undefined
    if (!of || !(isCall(item) || isCallOutput(item))) continue
    if (of.has(item.call_id))
      throw duplicateCall(of === called ? kindOf(item) : `${kindOf(item)} output`, item.call_id)
    of.add(item.call_id)
  }
}

/** What is to be held to strictly must be such that it can be. */
function refuseLooseSchemas({ tools = [], text }: CreateResponseRequest): void {
  for (const [at, tool] of tools.entries()) {
    if (tool.type !== 'function' || !tool.strict || tool.parameters === null) continue
    const fault = strictFault(tool.parameters)
    if (fault !== undefined) throw schemaNotStrict(fault, { tool: at, name: tool.name })
  }
  const { format } = text ?? {}
  if (format?.type !== 'json_schema' || !format.strict) return
  const fault = strictFault(format.schema)
  if (fault !== undefined) throw schemaNotStrict(fault, { format: format.name })
}

/** With the format `json_object` the word has to be somewhere in what the model reads, beside the instructions. */
export async function refuseWithoutWord(
  { text }: CreateResponseRequest,
  items: readonly { body: StoredItem }[],
  earlier: (word: string) => AsyncIterable<StoredItem[]>,
): Promise<void> {
  if (text?.format?.type !== 'json_object' || hasWord(items)) return
  for await (const portion of earlier('json')) if (hasWord(portion.map((body) => ({ body })))) return
  throw lacksWordJson()
}

const hasWord = (items: readonly { body: StoredItem }[]) =>
  items.some(({ body: { item } }) => item.type === 'message' && /json/i.test(JSON.stringify(item.content)))

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
