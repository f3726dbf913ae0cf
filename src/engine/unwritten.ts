import type { Numbered } from '../store/runs.ts'
import type { NewEvent } from '../store/run-log.ts'
import type { Transaction } from '../store/database.ts'

/** What a model begins to give: a message, a step of calls, an item. */
export interface Opening {
  /** They tell readers of it. */
  events: NewEvent[]
  /** Writes its rows as it has begun, or, where they are written with what follows, as it is by then. */
  rows: (tx: Transaction, as: 'begun' | 'grown') => void
}

/** An opening that was given to a recorder. */
export interface Opened {
  /** Until then its rows are written with whatever is written next, before that. */
  readonly isOnDisk: boolean
  /** It could not be written, and never will be. */
  readonly isGivenUp: boolean
}

interface WaitingOpening extends Pick<Opening, 'rows'> {
  isOnDisk: boolean
  isGivenUp: boolean
  /** The number of its first event. */
  first: number
}

/** Events that are not on disk, and what they open. Readers have been shown no opening, and nothing that follows one. */
export interface Unwritten extends Numbered {
  openings: WaitingOpening[]
}

export const nothingUnwritten = (): Unwritten => ({ events: [], shown: 0, openings: [] })

/** What could not be written, with what has come since. */
export const rejoin = (taken: Unwritten, since: Unwritten): Unwritten => ({
  events: [...taken.events, ...since.events],
  shown: taken.shown < taken.events.length ? taken.shown : taken.shown + since.shown,
  openings: [...taken.openings, ...since.openings],
})

/** What was numbered before the event of this number, none of which is an opening. */
export const numberedBefore = (first: number, { events, shown }: Unwritten): Unwritten => ({
  events: events.filter(({ seq }) => seq < first),
  shown,
  openings: [],
})
