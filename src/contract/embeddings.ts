import { z } from 'zod'
import { integer, optional } from './limits.ts'

/** What is read of a request that goes on to a provider as it is. The provider judges the rest. */
export const embeddingsRequest = z.looseObject({ model: z.string(), input: z.unknown() })
export type EmbeddingsRequest = z.output<typeof embeddingsRequest>

/** A request for the model of file search, which reads texts and no numbers of tokens. */
export const textEmbeddingsRequest = z.strictObject({
  model: z.string(),
  input: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(2_048)]),
  encoding_format: optional(z.enum(['float', 'base64'])),
  dimensions: optional(integer(1)),
  // It says who asks, and changes no answer.
  user: optional(z.string()),
})
export type TextEmbeddingsRequest = z.output<typeof textEmbeddingsRequest>

export const toEmbeddings = (
  vectors: Float32Array[],
  { model, tokens, base64 }: { model: string; tokens: number; base64: boolean },
) => ({
  object: 'list' as const,
  data: vectors.map((vector, index) => ({
    object: 'embedding' as const,
    index,
    embedding: base64
      ? Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64')
      : [...vector],
  })),
  model,
  usage: { prompt_tokens: tokens, total_tokens: tokens },
})
