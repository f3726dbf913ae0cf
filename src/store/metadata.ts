import type { Metadata } from '../contract/metadata.ts'
import type { Transaction, Value } from './database.ts'

/** Stores the pairs of an object's metadata in a table of their own, so that objects can be found by them. */
export interface MetadataTable {
  table: 'thread_metadata' | 'assistant_metadata' | 'vector_store_metadata'
  owner: 'thread_id' | 'assistant_id' | 'vector_store_id'
}

export const threadMetadata: MetadataTable = { table: 'thread_metadata', owner: 'thread_id' }
export const assistantMetadata: MetadataTable = { table: 'assistant_metadata', owner: 'assistant_id' }
export const vectorStoreMetadata: MetadataTable = { table: 'vector_store_metadata', owner: 'vector_store_id' }

/** Half surrogate pairs all become the same bytes in UTF-8, so two different keys may be equal here. */
export function insertMetadata(
  tx: Transaction,
  { table, owner }: MetadataTable,
  object: { id: string; body: { metadata: Metadata } },
): void {
  for (const [key, value] of Object.entries(object.body.metadata)) {
    tx.send(
      `insert into ${table} (${owner}, key, value) values (?, ?, ?) on conflict do nothing`,
      object.id,
      key,
      value,
    )
  }
}

export function replaceMetadata(
  tx: Transaction,
  of: MetadataTable,
  object: { id: string; body: { metadata: Metadata } },
): void {
  tx.send(`delete from ${of.table} where ${of.owner} = ?`, object.id)
  insertMetadata(tx, of, object)
}

/** The SQL condition that an object has every pair. */
export function hasMetadata({ table, owner }: MetadataTable, metadata: Metadata) {
  const pairs = Object.entries(metadata)
  const values: Value[] = pairs.flat()
  return {
    sql: pairs.map(() => ` and id in (select ${owner} from ${table} where key = ? and value = ?)`).join(''),
    values,
  }
}
