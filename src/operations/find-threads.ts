import type { MessageBody } from '../contract/messages.ts'
import type { ThreadRecord, ThreadSummary } from '../contract/threads.ts'
import type { Reader } from '../store/database.ts'
import { bodyOf, isWhole, textsFrom, threadOfMessage, type StoredText } from '../store/message-texts.ts'
import { messagesById } from '../store/messages.ts'
import { runById } from '../store/runs.ts'
import { takeTurns } from '../common/take-turns.ts'
import {
  aroundWord,
  hasWords,
  longHasWords,
  mayHaveWords,
  oneLine,
  toWords,
  type Words,
} from './match-words.ts'

type Matched = Exclude<ThreadSummary['matched'], undefined>

/** Finds threads by words, and remembers where the words were. */
export interface ThreadFinder {
  /** The threads of these in which the words are, in the same order. */
  choose: (threads: ThreadRecord[]) => Promise<ThreadRecord[]>
  /** The only thread that can be found, when its id is known. */
  id?: string
  matched: (threadId: string) => Matched
}

const maxMatched = 200
const messagesAtOnce = 50
/** Threads are looked through next to each other, because a database at the end of a network takes its time. */
const threadsAtOnce = 8

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
  const found = new Map<string, Matched>()
  const named =
    given.length === 1 && given[0] !== undefined ? await findById(db, project, given[0]) : undefined
  if (named) return { id: named.threadId, choose: async (threads) => threads, matched: () => named.matched }
  const words = toWords(given)
  const turn = takeTurns()

  async function look(thread: ThreadRecord): Promise<void> {
    if (hasWords(Object.values(thread.body.metadata), words)) {
      found.set(thread.id, null)
    } else {
      signal.throwIfAborted()
      const matched = await findMessage(db, thread, words, turn)
      if (matched) found.set(thread.id, matched)
    }
  }

  return {
    async choose(threads) {
      const waiting = [...threads]
      const lookOn = async () => {
        for (let thread = waiting.shift(); thread; thread = waiting.shift()) await look(thread)
      }
      await Promise.all(Array.from({ length: threadsAtOnce }, lookOn))
      return threads.filter(({ id }) => found.has(id))
    },
    matched: (threadId) => found.get(threadId) ?? null,
  }
}

/** The newest message of a thread that has all words. */
async function findMessage(
  db: Reader,
  { id, project }: ThreadRecord,
  words: Words,
  turn: () => Promise<void>,
): Promise<Matched | undefined> {
  for (let from = Number.MAX_SAFE_INTEGER; ;) {
    const rows = await textsFrom(db, project, id, from, messagesAtOnce)
    for (const row of rows) {
      const texts = await textsWithWords(db, row, words, turn)
      if (texts) return { message_id: row.id, text: passage(texts, words) }
    }
    await turn()
    const oldest = rows.length === messagesAtOnce ? rows.at(-1) : undefined
    if (!oldest) return undefined
    from = oldest.seq - 1
  }
}

async function textsWithWords(
  db: Reader,
  row: StoredText,
  words: Words,
  turn: () => Promise<void>,
): Promise<string[] | undefined> {
  await turn()
  if (isWhole(row) && !mayHaveWords(row.body, words)) return undefined
  const body = await bodyOf(db, row)
  const texts = body ? textsOf(body) : []
  return (await longHasWords(texts, words, turn)) ? texts : undefined
}

export const textsOf = ({ content }: MessageBody): string[] =>
  content.flatMap((part) =>
    part.type === 'text' ? [part.text.value] : part.type === 'refusal' ? [part.refusal] : [],
  )

function passage(texts: readonly string[], words: Words): string {
  for (const text of texts) {
    const around = aroundWord(text, words, maxMatched)
    if (around !== undefined) return around
  }
  return ''
}

/** The thread with this id, or with a run or a message of this id. Undefined when there is none. */
async function findById(
  db: Reader,
  project: string,
  id: string,
): Promise<{ threadId: string; matched: Matched } | undefined> {
  if (id.startsWith('thread_')) return { threadId: id, matched: null }
  if (id.startsWith('run_')) {
    const run = await runById(db, project, id)
    return run && { threadId: run.thread_id, matched: null }
  }
  const threadId = id.startsWith('msg_') ? await threadOfMessage(db, project, id) : undefined
  if (threadId === undefined) return undefined
  const [message] = await messagesById(db, project, [id])
  const text = message ? oneLine(textsOf(message.body).join(' '), maxMatched) : ''
  return { threadId, matched: { message_id: id, text } }
}
