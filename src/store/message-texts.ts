import type { MessageBody } from '../contract/messages.ts'
import type { Reader } from './database.ts'

/** A message, or an item, whose text is to be looked at. */
export interface StoredText {
  seq: number
  id: string
  /**
   * The body as JSON, or only its beginning when it is long: then it is read by itself, so that a batch is never large.
   */
  body: string
  bytes: number
}

/** In bytes. A body that is longer is not read together with others. */
const maxTogether = 64 * 1024

/** For `select … from` a table of texts. */
export const textColumns = `seq, id, octet_length(body) as bytes, substr(body, 1, ${maxTogether}) as body`

export const isWhole = ({ bytes }: StoredText) => bytes <= maxTogether

/** Newest first, from the message with number `from` on. */
export const textsFrom = (db: Reader, project: string, threadId: string, from: number, limit: number) =>
  db.all<StoredText>(
    `select ${textColumns} from messages where thread_id = ? and project = ? and withdrawn = 0 and seq <= ?
     order by seq desc limit ? + 0`,
    threadId,
    project,
    from,
    limit,
  )

/** The first messages of a thread, in order. */
export const openingTexts = (db: Reader, project: string, threadId: string, limit: number) =>
  db.all<StoredText>(
    `select ${textColumns} from messages where thread_id = ? and project = ? and withdrawn = 0
     order by seq limit ? + 0`,
    threadId,
    project,
    limit,
  )

/** Undefined when the message was deleted meanwhile. */
export async function bodyOf(db: Reader, stored: StoredText): Promise<MessageBody | undefined> {
  const whole = isWhole(stored)
    ? stored
    : await db.get<{ body: string }>('select body from messages where seq = ?', stored.seq)
  const text = whole?.body
  return text === undefined ? undefined : JSON.parse(text)
}

/** The thread of a message. */
export const threadOfMessage = async (db: Reader, project: string, id: string): Promise<string | undefined> =>
  (
    await db.get<{ thread_id: string }>(
      'select thread_id from messages where id = ? and project = ? and withdrawn = 0',
      id,
      project,
    )
  )?.thread_id
