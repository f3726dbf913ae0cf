import type { SearchDeps } from '../search/search-chunks.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Database } from '../store/database.ts'
import type { RunRecord } from '../contract/runs.ts'
import type { Reservation } from '../store/leased-worker.ts'
import type { RunLog } from '../store/run-log.ts'
import type { Places } from '../turns.ts'

/** What an operation works with, on behalf of one project. */
export interface Context {
  /** Every row belongs to one; an operation sees no other. */
  project: string
  db: Database
  blobs: Blobs
  /** The events of runs. */
  log: RunLog
  catalog: ModelCatalog
  /** Places for runs, by provider. */
  places: Places
  /** A place for a run that is about to be created, by provider; undefined where it has to wait for one. */
  reserve: (provider: string) => Reservation<RunRecord> | undefined
  /** Why runs wait that are being worked on. */
  outages: { reasonFor(run: { id: string; provider: string }): string | undefined }
  /** What vector stores are searched with. */
  search: SearchDeps
}

/** Which models are served; src/start.ts gives the registry. */
export interface ModelCatalog {
  /** Undefined when nothing serves the name. */
  resolve(name: string): Promise<{ provider: string } | undefined>
  /** Why a name may be unknown that a provider serves; `passing` where it is worth asking again in a moment. */
  problems(): { text: string; passing: boolean }[]
  list(): Promise<{ id: string; created: number; owned_by: string }[]>
}
