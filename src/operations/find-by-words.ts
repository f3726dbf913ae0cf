import type { Metadata } from '../contract/metadata.ts'
import { isWhole, type StoredText } from '../store/message-texts.ts'
import { takeTurns } from '../common/take-turns.ts'
import { aroundWord, hasWords, longHasWords, mayHaveWords, toWords, type Words } from './match-words.ts'

/** A stored text in which words were found: its id, and the part around the first of them. */
export interface FoundText {
  id: string
  text: string
}

/** Finds objects by words, and remembers where the words were. */
export interface Finder<T> {
  /** The objects of these in which the words are, in the same order. */
  choose: (objects: T[]) => Promise<T[]>
  /** Null when the words were in the metadata, or when the object was found by an id. */
  foundIn: (objectId: string) => FoundText | null
}

/** Where words are looked for. */
export interface Searched<T> {
  metadataOf: (object: T) => Metadata
  /** The texts of an object, newest first, from the one with number `from` on. */
  textsFrom: (object: T, from: number, limit: number) => Promise<StoredText[]>
  /** What is read in a stored text. */
  read: (stored: StoredText) => Promise<string[]>
}

/** How much is shown of a text in which words were found, in characters. */
export const maxFound = 200
const textsAtOnce = 50
/** Objects are looked through next to each other, because a database at the end of a network takes its time. */
const objectsAtOnce = 8

/** All words must be in one text of an object, or in the values of its metadata. */
export function findByWords<T extends { id: string }>(
  given: readonly string[],
  searched: Searched<T>,
  signal: AbortSignal,
): Finder<T> {
  const found = new Map<string, FoundText | null>()
  const words = toWords(given)
  const turn = takeTurns()

  async function look(object: T): Promise<void> {
    if (hasWords(Object.values(searched.metadataOf(object)), words)) {
      found.set(object.id, null)
    } else {
      signal.throwIfAborted()
      const text = await newestWithWords(searched, object, words, turn)
      if (text) found.set(object.id, text)
    }
  }

  return {
    async choose(objects) {
      const waiting = [...objects]
      const lookOn = async () => {
        for (let object = waiting.shift(); object; object = waiting.shift()) await look(object)
      }
      await Promise.all(Array.from({ length: objectsAtOnce }, lookOn))
      return objects.filter(({ id }) => found.has(id))
    },
    foundIn: (objectId) => found.get(objectId) ?? null,
  }
}

/** The newest text of an object that has all words. */
async function newestWithWords<T>(
  { textsFrom, read }: Searched<T>,
  object: T,
  words: Words,
  turn: () => Promise<void>,
): Promise<FoundText | undefined> {
  for (let from = Number.MAX_SAFE_INTEGER; ;) {
    const stored = await textsFrom(object, from, textsAtOnce)
    for (const one of stored) {
      await turn()
      if (isWhole(one) && !mayHaveWords(one.body, words)) continue
      const texts = await read(one)
      if (await longHasWords(texts, words, turn)) return { id: one.id, text: passage(texts, words) }
    }
    await turn()
    const oldest = stored.length === textsAtOnce ? stored.at(-1) : undefined
    if (!oldest) return undefined
    from = oldest.seq - 1
  }
}

function passage(texts: readonly string[], words: Words): string {
  for (const text of texts) {
    const around = aroundWord(text, words, maxFound)
    if (around !== undefined) return around
  }
  return ''
}
