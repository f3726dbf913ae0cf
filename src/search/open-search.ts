import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../log.ts'
import { oneAtATime } from '../one-at-a-time.ts'
import type { Database } from '../store/database.ts'
import { vectorsMissing, type Signals } from '../store/signals.ts'
import { keepEmbedded } from './embed-store.ts'
import type { Embedder } from './embedder.ts'
import { openEmbedder } from './embedders.ts'
import type { SearchSettings } from './embedding-settings.ts'
import { gatherTexts } from './gather-texts.ts'
import { guardEmbedder, guardReranker } from './guarded.ts'
import { openReranker } from './rerank.ts'
import type { SearchDeps } from './search-chunks.ts'
import { openStoreViews } from './store-views.ts'
import { openVectors } from './vectors.ts'

export interface Search {
  /** What a search works with. */
  deps: SearchDeps
  /** What files are indexed with; undefined: words alone. */
  embedder: Embedder | undefined
  close(): Promise<void>
}

/** How long a search waits, in milliseconds. A reranker reads fifty passages. */
const usualTimeoutMs = { embedding: 2_000, reranker: 5_000 }
/** The local model cannot be out of reach; it may have to be loaded, and it shares its processor. */
const localTimeoutMs = 15_000

function timeoutOf(embedding: SearchSettings['embedding']): number {
  if (embedding?.type === 'local') return localTimeoutMs
  return (embedding?.type === 'server' ? embedding.timeoutMs : undefined) ?? usualTimeoutMs.embedding
}

/**
 * The parts of a search as the settings have them. Chunks that have no vector of the model yet are given one in the
 * background, at the start and whenever a file had to go without. Throws CannotStart when the local model is asked for and not there.
 */
export function openSearch({
  db,
  file,
  dataDir,
  settings,
  signals,
  log,
}: {
  db: Database
  /** Of the database: vectors are read by a thread of their own. */
  file: string
  dataDir: string
  settings: SearchSettings
  signals: Signals
  log: Log
}): Search {
  const opened = openEmbedder(settings.embedding, dataDir)
  // The local model takes one text at a time, however many it is given.
  const embedder = opened && settings.embedding?.type !== 'local' ? gatherTexts(opened) : opened
  const views = openStoreViews(db)
  const vectors = embedder && openVectors(file)
  const reranker =
    settings.reranker &&
    guardReranker(openReranker(settings.reranker), {
      timeoutMs: settings.reranker.timeoutMs ?? usualTimeoutMs.reranker,
      log,
    })
  const stop = new AbortController()
  const wait = (ms: number) => sleep(ms, undefined, { signal: stop.signal, ref: false })
  const embedding =
    embedder &&
    oneAtATime(
      () => keepEmbedded({ db, embedder, log }, stop.signal, wait).then(() => false),
      () => {},
    )
  embedding?.()
  const off = embedding && signals.on(vectorsMissing, embedding)
  return {
    deps: {
      db,
      views,
      log,
      ...(embedder &&
        vectors && {
          embedder: guardEmbedder(embedder, { timeoutMs: timeoutOf(settings.embedding), log }),
          vectors,
        }),
      ...(reranker && { reranker }),
    },
    embedder,
    async close() {
      off?.()
      stop.abort()
      await embedding?.close()
      await views[Symbol.asyncDispose]()
      await vectors?.[Symbol.asyncDispose]()
      await embedder?.close?.()
    },
  }
}
