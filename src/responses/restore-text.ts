import type { Item, MessageItem, OutputText } from '../contract/responses/items.ts'
import type { LogProb } from '../common/log-prob.ts'
import type { ResponseRecord } from '../contract/responses/response.ts'
import type { Reader } from '../store/database.ts'
import { eventsNamed } from '../store/run-log.ts'
import { emptyText } from './message-writer.ts'

interface ShownDelta {
  item_id: string
  delta: string
  logprobs: Pick<LogProb, 'token' | 'logprob' | 'top_logprobs'>[]
}

/** Events have no bytes of tokens. */
const withBytes = ({ top_logprobs, ...token }: ShownDelta['logprobs'][number]): LogProb => ({
  ...token,
  bytes: bytesOf(token.token),
  top_logprobs: top_logprobs.map((one) => ({ ...one, bytes: bytesOf(one.token) })),
})
const bytesOf = (token: string): number[] => [...Buffer.from(token)]

/** When the worker was lost before it could write the text, the text is restored from the deltas that were shown. */
export async function restoreText(db: Reader, { id }: Pick<ResponseRecord, 'id'>, item: Item): Promise<void> {
  if (item.type !== 'message' || item.content.length > 0) return
  const message: MessageItem = item
  for (const data of await eventsNamed(db, id, 'response.output_text.delta')) {
    const { item_id, delta, logprobs } = JSON.parse(data) as ShownDelta
    if (item_id !== message.id) continue
    const [part] = message.content
    const text: OutputText = part?.type === 'output_text' ? part : emptyText()
    if (text !== part) message.content.push(text)
    text.text += delta
    text.logprobs.push(...logprobs.map(withBytes))
  }
  for (const data of await eventsNamed(db, id, 'response.output_text.annotation.added')) {
    const { item_id, annotation } = JSON.parse(data) as { item_id: string; annotation: object }
    const [part] = message.content
    if (item_id === message.id && part?.type === 'output_text') part.annotations.push(annotation)
  }
}
