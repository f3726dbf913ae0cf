import type { Chunk, ChunkSize } from '../chunk.ts'
import type { ExtractedPart, ExtractionFailure } from './extracted.ts'
import type { ExtractLimits } from './limits.ts'
import type { SourceFile } from './reader.ts'

/** The jobs of a worker, which works on one job at a time. */
export type Job =
  | { kind: 'extract'; file: SourceFile; chunkSize?: ChunkSize }
  | { kind: 'chunk'; parts: readonly ExtractedPart[]; chunkSize: ChunkSize }

export interface WorkerSettings {
  limits: ExtractLimits
}

/**
 * The messages of a worker: any number of the first four kinds, then one of the last two. A worker that is worn out
 * must be replaced.
 */
export type ExtractorReply =
  | { kind: 'begun' }
  | { kind: 'pages'; count: number }
  | { kind: 'parts'; parts: ExtractedPart[] }
  | { kind: 'chunks'; chunks: Chunk[] }
  | { kind: 'done'; warnings: string[]; wornOut: boolean }
  | { kind: 'failed'; code: ExtractionFailure['code']; message: string; wornOut: boolean }
