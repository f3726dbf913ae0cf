import { z } from 'zod'
import { object, variants } from './objects.ts'
import { integer, refuseWhen } from './limits.ts'

/** In tokens. */
export interface Chunking {
  max_chunk_size_tokens: number
  chunk_overlap_tokens: number
}

/** As it is shown: what was asked for as `auto` is static as well. */
export interface ChunkingStrategy {
  type: 'static'
  static: Chunking
}

/** What `auto` stands for (as recorded). */
export const defaultChunking: Chunking = { max_chunk_size_tokens: 800, chunk_overlap_tokens: 400 }

const staticChunking = object({
  max_chunk_size_tokens: integer(100, 4096),
  chunk_overlap_tokens: integer(0),
}).check(
  refuseWhen((value) => {
    const maxOverlap = Math.floor(value.max_chunk_size_tokens / 2)
    if (value.chunk_overlap_tokens <= maxOverlap) return undefined
    return {
      code: 'integer_above_max_value',
      path: ['chunk_overlap_tokens'],
      message: `Invalid '{param}': integer above maximum value. Expected a value <= ${maxOverlap} (half of 'max_chunk_size_tokens'), but got ${value.chunk_overlap_tokens} instead.`,
    }
  }),
)

export const chunkingStrategy = variants(
  object({ type: z.literal('auto') }),
  object({ type: z.literal('static'), static: staticChunking }),
).transform((given): Chunking => (given.type === 'static' ? given.static : defaultChunking))

export const toChunkingStrategy = (chunking: Chunking): ChunkingStrategy => ({
  type: 'static',
  static: {
    max_chunk_size_tokens: chunking.max_chunk_size_tokens,
    chunk_overlap_tokens: chunking.chunk_overlap_tokens,
  },
})
