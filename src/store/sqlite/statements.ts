import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { LRUCache } from 'lru-cache'
import type { Value } from '../database.ts'

/**
 * Lists can be narrowed in very many ways, each with a statement of its own, so only the statements used last are kept.
 */
const maxPrepared = 1_000

/** Preparing a statement costs five times as much as using a prepared one. */
export function statements(database: DatabaseSync) {
  const prepared = new LRUCache<string, StatementSync>({ max: maxPrepared })
  const prepare = (sql: string) => {
    let statement = prepared.get(sql)
    if (!statement) prepared.set(sql, (statement = database.prepare(sql)))
    return statement
  }
  return {
    get: async <Row>(sql: string, ...values: Value[]) => prepare(sql).get(...values) as Row | undefined,
    all: async <Row>(sql: string, ...values: Value[]) => prepare(sql).all(...values) as Row[],
    run: async (sql: string, ...values: Value[]) => Number(prepare(sql).run(...values).changes),
  }
}
