import type { Chunk, ChunkSize } from '../chunk.ts'
import type { ExtractedPart, ExtractionFailure } from './extracted.ts'
import type { ExtractLimits } from './limits.ts'
import type { SourceFile } from './reader.ts'

/** What a worker is asked; it works on one job at a time. */
export type Job =
  | { kind: 'extract'; file: SourceFile; chunkSize?: ChunkSize }
  | { kind: 'chunk'; parts: readonly ExtractedPart[]; chunkSize: ChunkSize }

export interface WorkerSettings {
  limits: ExtractLimits
}

/** What it answers: any number of the first kinds, then one of the last two. A worn out worker is to be replaced. */
export type ExtractorReply =
  | { kind: 'begun' }
  | { kind: 'pages'; count: number }
  | { kind: 'parts'; parts: ExtractedPart[] }
  | { kind: 'chunks'; chunks: Chunk[] }
  | { kind: 'done'; warnings: string[]; wornOut: boolean }
  | { kind: 'failed'; code: ExtractionFailure['code']; message: string; wornOut: boolean }
