import type { Attributes } from '../contract/attributes.ts'
import type { PageBreak } from '../contract/run-steps.ts'
import type { FoundChunk } from '../store/chunks.ts'
import type { Candidate } from './candidates.ts'

/** A passage that a search has found. */
export interface ChunkResult {
  chunk_id: number
  file_id: string
  vector_store_id: string
  filename: string
  attributes: Attributes
  /** From 0 to 1. Scores never increase along the list. */
  score: number
  text: string
  tokens: number
  /** Its position in the file, and how many characters at its start are also the end of the previous chunk. */
  ord: number
  overlap: number
  page_start: number | null
  page_end: number | null
  /** Null when the text is on one page, or when the positions were not stored with the chunk. */
  page_breaks?: PageBreak[] | null
  /** Where the text begins in the text of the file. Null when this was not stored with the chunk. */
  text_start?: number | null
  heading: string | null
  explain: {
    /** The scores of the chunk's own words and of the name and title of its file. Their sum is at most 1. */
    text: number
    name: number
    /** The score of its vector. Null when vectors were not used. */
    dense: number | null
    /** The factor by which overlapping neighbours above it reduced its score. */
    penalty: number
    /** The score of the reranker. Null when it was not used. */
    rerank: number | null
  }
}

/** `penalty` is the factor that is in `score` already, from 0 to 1. */
export function toResult(row: FoundChunk, item: Candidate, score: number, penalty: number): ChunkResult {
  const { id, ...chunk } = row
  const { body, name, dense } = item
  return { ...chunk, chunk_id: id, score, explain: { text: body, name, dense, penalty, rerank: null } }
}
