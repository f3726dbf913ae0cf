import type { StoredItem } from './items.ts'

/** The number of a message or of an item, as they are ordered in a conversation. */
export type EntryPlace = 'newest' | { place: number; sub: number }

/** A portion of the items of a conversation, oldest first, and the place before which the next one is read. */
export interface EntriesBefore {
  items: StoredItem[]
  place: EntryPlace | undefined
}
