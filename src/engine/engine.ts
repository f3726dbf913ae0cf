import type { ModelRegistry } from '../models/model.ts'
import type { Blobs } from '../store/blobs/blobs.ts'
import type { PublicPictures } from '../common/public-pictures.ts'
import type { Database } from '../store/database.ts'
import type { Budgets } from './budgets.ts'
import type { LeftOut } from './left-out.ts'
import type { Outages } from './outages.ts'
import type { TurnAllowances } from './turn-allowances.ts'

/** What every part of the engine needs. */
export interface Engine {
  db: Database
  blobs: Blobs
  /** What callers have given the addresses of. */
  pictures: Pick<PublicPictures, 'loaded'>
  models: ModelRegistry
  outages: Outages
  /** Keeps the limits per minute of projects and keys. */
  allowances: TurnAllowances
  budgets: Budgets
  leftOut: LeftOut
  /** Called when a model has written its calls into its text. Each model is logged once. */
  callsWereText: (model: string) => void
}
