import type { MessageBody } from '../contract/messages.ts'
import type { ThreadRecord } from '../contract/threads.ts'
import type { Reader } from '../store/database.ts'
import { bodyOf, textsFrom, threadOfMessage, type StoredText } from '../store/message-texts.ts'
import { messagesById } from '../store/messages.ts'
import { runById } from '../store/runs.ts'
import { findByWords, maxFound, type Finder, type FoundText } from './find-by-words.ts'
import { oneLine } from './match-words.ts'

export interface ThreadFinder extends Finder<ThreadRecord> {
  /** The only thread that can be found, when its id is known. */
  id?: string
}

/**
 * All words must be in one message of a thread, or in the values of its metadata. A word that is the id of a thread, a
 * run or a message finds its thread alone.
 */
export async function threadFinder(
  db: Reader,
  project: string,
  given: readonly string[],
  signal: AbortSignal,
): Promise<ThreadFinder> {
  const named =
    given.length === 1 && given[0] !== undefined ? await findById(db, project, given[0]) : undefined
  if (named) return { id: named.threadId, choose: async (threads) => threads, foundIn: () => named.found }
  const searched = {
    metadataOf: ({ body }: ThreadRecord) => body.metadata,
    textsFrom: ({ id }: ThreadRecord, from: number, limit: number) => textsFrom(db, project, id, from, limit),
    async read(stored: StoredText) {
      const body = await bodyOf(db, stored)
      return body ? textsOf(body) : []
    },
  }
  return findByWords(given, searched, signal)
}

export const textsOf = ({ content }: MessageBody): string[] =>
  content.flatMap((part) =>
    part.type === 'text' ? [part.text.value] : part.type === 'refusal' ? [part.refusal] : [],
  )

/** The thread with this id, or with a run or a message of this id. Undefined when there is none. */
async function findById(
  db: Reader,
  project: string,
  id: string,
): Promise<{ threadId: string; found: FoundText | null } | undefined> {
  if (id.startsWith('thread_')) return { threadId: id, found: null }
  if (id.startsWith('run_')) {
    const run = await runById(db, project, id)
    return run && { threadId: run.thread_id, found: null }
  }
  const threadId = id.startsWith('msg_') ? await threadOfMessage(db, project, id) : undefined
  if (threadId === undefined) return undefined
  const [message] = await messagesById(db, project, [id])
  const text = message ? oneLine(textsOf(message.body).join(' '), maxFound) : ''
  return { threadId, found: { id, text } }
}
