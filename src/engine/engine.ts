import type { ModelRegistry } from '../models/model.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Database } from '../store/database.ts'
import type { Signals } from '../store/signals.ts'
import type { CodeInterpreter } from '../tools/code-interpreter.ts'
import type { FileSearch } from '../tools/file-search.ts'
import type { Outages } from './outages.ts'

/** What the engine works with. */
export interface Engine {
  db: Database
  blobs: Blobs
  signals: Signals
  models: ModelRegistry
  codeInterpreter: CodeInterpreter
  fileSearch: FileSearch
  outages: Outages
}
