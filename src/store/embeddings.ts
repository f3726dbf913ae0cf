import type { Reader, Transaction } from './database.ts'
import { inList } from './in-list.ts'

/**
 * The model whose vectors a store is searched with, because vectors of two models cannot be compared. Undefined when
 * the store has no vectors yet.
 */
export const spaceOf = (db: Reader, storeId: string) =>
  db.get<{ model: string; dimensions: number }>(
    'select model, dimensions from vector_spaces where vector_store_id = ?',
    storeId,
  )

/**
 * Inserts vectors of a store's chunks, each of length 1. The first vectors of a store decide its model. Vectors of
 * another model are stored beside them until `moveToSpace`. Throws when their dimensions differ.
 */
export async function insertVectors(
  tx: Transaction,
  storeId: string,
  model: string,
  vectors: readonly { chunk_id: number; vector: Float32Array }[],
): Promise<void> {
  const [first] = vectors
  if (!first) return
  const dimensions = first.vector.length
  await tx.run(
    'insert into vector_spaces (vector_store_id, model, dimensions) values (?, ?, ?) on conflict do nothing',
    storeId,
    model,
    dimensions,
  )
  const space = await spaceOf(tx, storeId)
  const expected = space?.model === model ? space.dimensions : dimensions
  for (const { chunk_id, vector } of vectors) {
    if (vector.length !== expected) throw new Error(`a vector of ${model} has not ${expected} dimensions`)
    await tx.run(
      `insert into chunk_vectors (chunk_id, model, vector) values (?, ?, ?)
       on conflict (chunk_id, model) do update set vector = excluded.vector`,
      chunk_id,
      model,
      bytesOf(vector),
    )
  }
}

/** From now on the store is searched with the vectors of this model. Those of other models are deleted. */
export async function moveToSpace(
  tx: Transaction,
  storeId: string,
  space: { model: string; dimensions: number },
): Promise<void> {
  await tx.lock('search_versions', storeId)
  await tx.run(
    `insert into vector_spaces (vector_store_id, model, dimensions) values (?, ?, ?) on conflict (vector_store_id)
     do update set model = excluded.model, dimensions = excluded.dimensions`,
    storeId,
    space.model,
    space.dimensions,
  )
  await tx.run(
    `delete from chunk_vectors where model <> ? and chunk_id in (select id from chunks where vector_store_id = ?)`,
    space.model,
    storeId,
  )
  await tx.run('update search_versions set version = version + 1 where vector_store_id = ?', storeId)
}

/** In the order of the chunks' ids. `floatsOf` reads `vector`. */
export const vectorsAfter = (db: Reader, storeId: string, model: string, after: number, limit: number) =>
  db.all<{ id: number; vector: Uint8Array }>(
    `select chunks.id as id, vector from chunks join chunk_vectors on chunk_id = chunks.id and model = ?
     where vector_store_id = ? and chunks.id > ? order by chunks.id limit ? + 0`,
    model,
    storeId,
    after,
    limit,
  )

/** Stores with chunks that have no vector of this model. */
export const storesWithoutVectors = (db: Reader, model: string) =>
  db.all<{ id: string; project: string }>(
    `select id, project from vector_stores where exists (
       select 1 from chunks where vector_store_id = vector_stores.id and not exists (
         select 1 from chunk_vectors where chunk_id = chunks.id and model = ?))
     or exists (select 1 from vector_spaces where vector_store_id = vector_stores.id and model <> ?)`,
    model,
    model,
  )

export const chunksWithoutVectors = (db: Reader, storeId: string, model: string, limit: number) =>
  db.all<{ id: number; text: string; heading: string | null }>(
    `select id, text, heading from chunks where vector_store_id = ? and not exists (
       select 1 from chunk_vectors where chunk_id = chunks.id and model = ?) order by id limit ? + 0`,
    storeId,
    model,
    limit,
  )

/** The vectors of texts that were embedded for this project before, by the SHA-256 of the text. */
export async function knownEmbeddings(
  db: Reader,
  project: string,
  model: string,
  hashes: readonly string[],
): Promise<Map<string, Float32Array>> {
  const wanted = inList(hashes)
  const rows = await db.all<{ text_sha256: string; vector: Uint8Array }>(
    `select text_sha256, vector from embeddings
     where project = ? and model = ? and text_sha256 in (${wanted.marks})`,
    project,
    model,
    ...wanted.values,
  )
  return new Map(rows.map(({ text_sha256, vector }) => [text_sha256, floatsOf(vector)]))
}

export async function keepEmbeddings(
  tx: Transaction,
  project: string,
  model: string,
  embeddings: ReadonlyMap<string, Float32Array>,
): Promise<void> {
  for (const [hash, vector] of embeddings) {
    await tx.run(
      'insert into embeddings (project, model, text_sha256, vector) values (?, ?, ?, ?) on conflict do nothing',
      project,
      model,
      hash,
      bytesOf(vector),
    )
  }
}

/** Every machine that Node supports is little-endian. */
const bytesOf = (vector: Float32Array) => new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)

function floatsOf(bytes: Uint8Array): Float32Array {
  const floats = new Float32Array(bytes.byteLength >> 2)
  new Uint8Array(floats.buffer).set(bytes.subarray(0, floats.byteLength))
  return floats
}
