/** A chunk that contains a term, by its number in the segment's block, and how often it contains the term. */
export interface Posting {
  ord: number
  count: number
}

/**
 * Encodes postings as varints, with `ord` as the difference from the previous one. This is the form before the chunks
 * of a file have ids.
 */
export function encodePostings(postings: readonly Posting[]): Uint8Array {
  const bytes: number[] = []
  let before = 0
  for (const { ord, count } of postings) {
    pushVarint(bytes, ord - before)
    pushVarint(bytes, count)
    before = ord
  }
  return Uint8Array.from(bytes)
}

/**
 * A block contains the id of chunk 0, the length of the postings in bytes, and the postings. Blocks follow one another.
 */
export function blockOf(firstChunk: number, postings: Uint8Array): Uint8Array {
  const head: number[] = []
  pushVarint(head, firstChunk)
  pushVarint(head, postings.length)
  const block = new Uint8Array(head.length + postings.length)
  block.set(head)
  block.set(postings, head.length)
  return block
}

/**
 * Calls `take` for every chunk in every block. It makes no object for each posting, because a search reads hundreds of
 * thousands.
 */
export function readBlocks(blocks: Uint8Array, take: (chunkId: number, count: number) => void): void {
  let at = 0
  const varint = () => {
    let byte = blocks[at++] ?? 0
    if (byte < 128) return byte
    let value = byte & 127
    // Ids may have more than 32 bits, so bit shifts cannot be used.
    for (let factor = 128; byte >= 128; factor *= 128) {
      byte = blocks[at++] ?? 0
      value += (byte & 127) * factor
    }
    return value
  }
  while (at < blocks.length) {
    let id = varint()
    const length = varint()
    const end = at + length
    while (at < end) {
      id += varint()
      take(id, varint())
    }
  }
}

/** The postings of chunks that still exist. Empty when none is left. */
export function keepPostings(blocks: Uint8Array, isAlive: (chunkId: number) => boolean): Uint8Array {
  const kept: Posting[] = []
  let first = 0
  readBlocks(blocks, (id, count) => {
    if (!isAlive(id)) return
    if (kept.length === 0) first = id
    kept.push({ ord: id - first, count })
  })
  return kept.length === 0 ? new Uint8Array() : blockOf(first, encodePostings(kept))
}

function pushVarint(bytes: number[], value: number): void {
  while (value >= 128) {
    bytes.push((value % 128) | 128)
    value = Math.floor(value / 128)
  }
  bytes.push(value)
}
