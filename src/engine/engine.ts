import type { ModelRegistry } from '../models/model.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Database } from '../store/database.ts'
import type { Outages } from './outages.ts'

/** What the engine works with. */
export interface Engine {
  db: Database
  blobs: Blobs
  models: ModelRegistry
  outages: Outages
  /** Told of a model whose calls were read of its text; the log has it once. */
  callsWereText: (model: string) => void
}
