import { setTimeout as sleep } from 'node:timers/promises'
import { describeError, type Log } from '../common/log.ts'
import { oneAtATime } from '../common/one-at-a-time.ts'
import type { Database } from '../store/database.ts'
import type { DatabaseAt } from '../store/open-database.ts'
import { vectorsMissing } from '../store/signals.ts'
import { countUse } from '../store/usage/usage-counts.ts'
import { keepEmbedded } from './embed-store.ts'
import type { Embedder } from './embedder.ts'
import { openEmbedder } from './embedders.ts'
import type { SearchSettings } from './embedding-settings.ts'
import { gatherTexts } from './gather-texts.ts'
import { guardEmbedder, guardReranker } from './guarded.ts'
import { openReranker } from './rerank.ts'
import type { LocalModel } from './local-embedder.ts'
import type { SearchDeps } from './search-chunks.ts'
import { openStoreViews } from './store-views.ts'
import { openVectors } from './vectors.ts'

export interface Search {
  /** The parts that a search needs. The local model is added when it becomes available. */
  deps: SearchDeps
  /** The embedder for indexing files. Undefined when there is only search by words. */
  embedder: () => Embedder | undefined
  /** The state of the search, for the operator of the server. */
  status(): { ranking: 'words' | 'hybrid'; model: string | null }
  /** Looks again for a local model, when none was found before and the settings name no other model. */
  lookForModel(): void
  close(): Promise<void>
}

/** How long a search waits, in milliseconds. A reranker reads fifty passages. */
const defaultTimeoutMs = { embedding: 2_000, reranker: 5_000 }
/** The local model is always reachable, but it may have to be loaded, and it shares the processor. */
const localTimeoutMs = 15_000
/**
 * A pause longer than this, in milliseconds, ends when another file got no vectors, because the reason may have
 * changed.
 */
const longRest = 30_000

function timeoutOf(embedding: SearchSettings['embedding']): number {
  if (embedding === undefined || embedding.type === 'local') return localTimeoutMs
  return (embedding.type === 'server' ? embedding.timeoutMs : undefined) ?? defaultTimeoutMs.embedding
}

export interface SearchParts {
  db: Database
  /** The address of `db`, because a separate thread reads vectors with its own connection. */
  at: DatabaseAt
  settings: SearchSettings
  /** The model on this machine, if it is installed now. */
  openLocalModel: () => LocalModel | undefined
  log: Log
}

/**
 * Opens the parts of a search for these settings. Throws CannotStart when the settings require the local model and it
 * is missing.
 */
export function openSearch({ db, at, settings, openLocalModel, log }: SearchParts): Search {
  const { embedding, reranker } = settings
  const deps: SearchDeps = { db, views: openStoreViews(db), log }
  if (reranker) {
    const timeoutMs = reranker.timeoutMs ?? defaultTimeoutMs.reranker
    deps.reranker = guardReranker(openReranker(reranker), { timeoutMs, log })
  }
  let inUse: Embedding | undefined

  function open(): Embedder | undefined {
    const isLocal = embedding === undefined || embedding.type === 'local'
    const opened = openEmbedder(embedding, { localModel: isLocal ? openLocalModel() : undefined })
    if (!opened) return undefined
    // The local model computes one text at a time, so combining texts has no advantage.
    const embedder = isLocal ? opened : gatherTexts(opened)
    inUse = startEmbedding(embedder, { db, log })
    deps.vectors = openVectors(at)
    deps.countEmbedded = countEmbedded(db, embedder.name, log)
    deps.embedder = guardEmbedder(embedder, { timeoutMs: timeoutOf(embedding), log })
    return embedder
  }
  open()

  return {
    deps,
    embedder: () => inUse?.embedder,
    status: () => ({ ranking: inUse ? 'hybrid' : 'words', model: inUse?.embedder.name ?? null }),
    lookForModel() {
      if (inUse || embedding !== undefined) return
      const embedder = open()
      if (embedder) log('info', 'search_is_hybrid', { model: embedder.name })
    },
    async close() {
      await inUse?.close()
      await deps.views[Symbol.asyncDispose]()
      await deps.vectors?.[Symbol.asyncDispose]()
      await inUse?.embedder.close?.()
    },
  }
}

/** Nobody waits until it is counted what a query has used, and a search goes on where that cannot be written. */
const countEmbedded = (db: Database, model: string, log: Log) => (project: string, amount: number) =>
  void db
    .write((tx) => countUse(tx, 'embeddings', { project, model, amount }), 'committed')
    .catch((error: unknown) =>
      log('warn', 'an embedding was not counted', { model, ...describeError(error) }),
    )

interface Embedding {
  embedder: Embedder
  close(): Promise<void>
}

/** Adds missing vectors in the background, at the start and whenever a file was indexed without vectors. */
function startEmbedding(embedder: Embedder, { db, log }: Pick<SearchParts, 'db' | 'log'>): Embedding {
  const stop = new AbortController()
  async function wait(ms: number): Promise<void> {
    const woken = new AbortController()
    const off = db.signals.on(vectorsMissing, () => ms > longRest && woken.abort())
    const signal = AbortSignal.any([stop.signal, woken.signal])
    await sleep(ms, undefined, { signal, ref: false }).finally(off)
  }
  const embedMissing = oneAtATime(
    () => keepEmbedded({ db, embedder, log }, stop.signal, wait).then(() => false),
    () => {},
  )
  embedMissing()
  const off = db.signals.on(vectorsMissing, embedMissing)
  return {
    embedder,
    async close() {
      off()
      stop.abort()
      await embedMissing.close()
    },
  }
}
