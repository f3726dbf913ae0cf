import { tokensOf } from '../contract/costs.ts'
import type { ModelTokens, ResponseChain } from '../contract/response-chain.ts'
import type { ResponseRecord } from '../contract/responses/response.ts'
import type { Reader } from '../store/database.ts'
import { usedInThread } from '../store/usage/spending.ts'

/**
 * The chain of a response that goes on with this one, which has ended: out of a conversation, or by its id alone. What was used in a
 * conversation before a response is noted with the response, because the conversation may be deleted.
 */
export async function chainAfter(
  db: Reader,
  { id, thread_id: threadId, request: { model }, state: { chain, usage } }: ResponseRecord,
): Promise<ResponseChain> {
  if (threadId !== null) return { first: threadId, used: await usedInThread(db, threadId) }
  const own = usage ? [{ model, ...tokensOf(usage) }] : []
  return { first: chain?.first ?? id, used: sumOfModels([...(chain?.used ?? []), ...own]) }
}

const sumOfModels = (used: ModelTokens[]): ModelTokens[] =>
  [...Map.groupBy(used, ({ model }) => model)].map(([model, some]) => ({
    model,
    input_tokens: sum(some.map((one) => one.input_tokens)),
    cached_tokens: sum(some.map((one) => one.cached_tokens)),
    output_tokens: sum(some.map((one) => one.output_tokens)),
    reasoning_tokens: sum(some.map((one) => one.reasoning_tokens)),
  }))

const sum = (numbers: number[]) => numbers.reduce((all, one) => all + one, 0)
