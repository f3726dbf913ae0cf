import type { MessageBody } from '../contract/messages.ts'
import type { Reader } from './database.ts'

/** A message whose text is to be looked at. */
export interface StoredText {
  seq: number
  id: string
  /** As JSON. Null when it is long: `bodyOf` reads it, so that a batch of messages is never large. */
  body: string | null
}

/** In bytes. */
const maxTogether = 64 * 1024

const columns = `seq, id, case when octet_length(body) <= ${maxTogether} then body end as body`

/** Newest first, before the message with number `before`. */
export const textsBefore = (db: Reader, project: string, threadId: string, before: number, limit: number) =>
  db.all<StoredText>(
    `select ${columns} from messages where thread_id = ? and project = ? and withdrawn = 0 and seq < ?
     order by seq desc limit ? + 0`,
    threadId,
    project,
    before,
    limit,
  )

/** The first messages of a thread, in order. */
export const openingTexts = (db: Reader, project: string, threadId: string, limit: number) =>
  db.all<StoredText>(
    `select ${columns} from messages where thread_id = ? and project = ? and withdrawn = 0
     order by seq limit ? + 0`,
    threadId,
    project,
    limit,
  )

/** Undefined when the message was deleted meanwhile. */
export async function bodyOf(db: Reader, { seq, body }: StoredText): Promise<MessageBody | undefined> {
  const text = body ?? (await db.get<{ body: string }>('select body from messages where seq = ?', seq))?.body
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
