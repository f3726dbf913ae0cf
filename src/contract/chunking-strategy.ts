import { z } from 'zod'
import { object, variants } from './objects.ts'
import { integer, refuseWhen } from './limits.ts'

/** Both numbers are in tokens. */
export interface Chunking {
  max_chunk_size_tokens: number
  chunk_overlap_tokens: number
}

/** The strategy as answers show it. A store that was created with `auto` shows the static values of it. */
export interface ChunkingStrategy {
  type: 'static'
  static: Chunking
}

/** The values that `auto` stands for (as recorded). */
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
