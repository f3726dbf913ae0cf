import type { Reader } from './database.ts'

/** The model whose vectors a store has; vectors of two models cannot be compared. Undefined: none yet. */
export const spaceOf = (db: Reader, storeId: string) =>
  db.get<{ model: string; dimensions: number }>(
    'select model, dimensions from vector_spaces where vector_store_id = ?',
    storeId,
  )
