import type { Metadata } from '../contract/metadata.ts'
import type { Transaction, Value } from './database.ts'

/**
 * Stores the pairs of an object's metadata in a table of their own, so that objects can be found by them. `key` is the
 * column of the object that `owner` names.
 */
export interface MetadataTable<Key extends 'id' | 'seq' = 'id' | 'seq'> {
  table: 'thread_metadata' | 'assistant_metadata' | 'vector_store_metadata' | 'run_metadata'
  owner: 'thread_id' | 'assistant_id' | 'vector_store_id' | 'run'
  key: Key
}

export const threadMetadata: MetadataTable<'id'> = {
  table: 'thread_metadata',
  owner: 'thread_id',
  key: 'id',
}
export const assistantMetadata: MetadataTable<'id'> = {
  table: 'assistant_metadata',
  owner: 'assistant_id',
  key: 'id',
}
export const vectorStoreMetadata: MetadataTable<'id'> = {
  table: 'vector_store_metadata',
  owner: 'vector_store_id',
  key: 'id',
}
/** Runs may be very many, so they are named by their numbers, which are compared faster. */
export const runMetadata: MetadataTable<'seq'> = { table: 'run_metadata', owner: 'run', key: 'seq' }

type Owner<Key extends 'id' | 'seq'> = { [one in Key]: Value } & { body: { metadata: Metadata } }

/** Half surrogate pairs all become the same bytes in UTF-8, so two different keys may be equal here. */
export function insertMetadata<Key extends 'id' | 'seq'>(
  tx: Transaction,
  { table, owner, key: named }: MetadataTable<Key>,
  object: Owner<Key>,
): void {
  for (const [key, value] of Object.entries(object.body.metadata)) {
    tx.send(
      `insert into ${table} (${owner}, key, value) values (?, ?, ?) on conflict do nothing`,
      object[named],
      key,
      value,
    )
  }
}

export function replaceMetadata<Key extends 'id' | 'seq'>(
  tx: Transaction,
  of: MetadataTable<Key>,
  object: Owner<Key>,
): void {
  tx.send(`delete from ${of.table} where ${of.owner} = ?`, object[of.key])
  insertMetadata(tx, of, object)
}

/** The SQL condition that an object has every pair. */
export function hasMetadata({ table, owner, key }: MetadataTable, metadata: Metadata) {
  const pairs = Object.entries(metadata)
  const values: Value[] = pairs.flat()
  return {
    sql: pairs
      .map(() => ` and ${key} in (select ${owner} from ${table} where key = ? and value = ?)`)
      .join(''),
    values,
  }
}
