import { setTimeout as sleep } from 'node:timers/promises'
import { describeError, type Log } from '../common/log.ts'
import type { Database } from '../store/database.ts'
import { outdatedSegment } from '../store/text-index/outdated-terms.ts'
import { isOutdated } from './analyze.ts'
import type { Prepare } from './index-file.ts'
import { remakeSegment } from './remake-segment.ts'

export interface IndexAnewParts {
  db: Database
  prepare: Prepare
  log: Log
}

/**
 * Replaces the terms that an earlier version of the analyzer made, one segment of a store at a time. Chunks, their ids
 * and their vectors do not change. Until then a segment is searched with its old terms. Resolves with the number of
 * segments.
 */
export async function indexAnew(parts: IndexAnewParts, signal: AbortSignal): Promise<number> {
  for (let made = 0; ; made++) {
    const segment = await outdatedSegment(parts.db, isOutdated)
    if (!segment) return made
    // A segment that was changed in the meantime is read again. One that was merged has another id.
    await remakeSegment(parts, segment, signal)
    // A pause lets other transactions write first.
    await sleep(20, undefined, { signal })
  }
}

/** Runs `indexAnew` in the background when the server starts. */
export function startIndexingAnew(parts: IndexAnewParts): { close(): Promise<void> } {
  const { log } = parts
  const stop = new AbortController()
  const done = indexAnew(parts, stop.signal).then(
    (segments) => {
      if (segments > 0) log('info', 'stores_indexed_anew', { segments })
    },
    (error: unknown) => {
      if (!stop.signal.aborted) log('error', 'stores_not_indexed_anew', describeError(error))
    },
  )
  return {
    async close() {
      stop.abort()
      await done
    },
  }
}
