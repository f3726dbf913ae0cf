import { tokensRead, toUnitLength, EmbeddingFailure, type Embedder } from './embedder.ts'
import { PostFailure, postJson, type PostOptions } from './post-json.ts'

export interface ServerEmbedderOptions extends Partial<
  Pick<PostOptions, 'fetch' | 'firstWaitMs' | 'apiKey'>
> {
  name: string
  /** The address without `/embeddings`. Its query string is kept. */
  baseUrl: string
  model: string
  /** Requested from models that support fewer dimensions than their maximum. */
  dimensions?: number | undefined
  maxBatch?: number | undefined
}

/** The maximum number of attempts. A query has one, because its caller decides about further attempts. */
const attempts = { document: 4, query: 1 }
/** The minimum length. A shorter text that is refused was not refused because of its length. */
const shortest = 200

type Kind = keyof typeof attempts

interface Asked {
  signal: AbortSignal
  used: ((tokens: number) => void) | undefined
}

/** A client for `/embeddings` of the OpenAI API: OpenAI itself, Ollama, vLLM, llama.cpp, TEI, LM Studio and others. */
export function serverEmbedder(options: ServerEmbedderOptions): Embedder {
  const { name, model, dimensions, maxBatch = 96 } = options
  const url = new URL(options.baseUrl)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/embeddings`
  let found = dimensions

  async function ask(texts: string[], kind: Kind, { signal, used }: Asked): Promise<Float32Array[]> {
    const body = { model, input: texts, encoding_format: 'float', ...(dimensions && { dimensions }) }
    try {
      const post = { ...options, url: url.href, attempts: attempts[kind] }
      const answer = await postJson(body, post, signal)
      const vectors = readVectors(answer, texts.length)
      used?.(tokensRead((answer as { usage?: { prompt_tokens?: unknown } }).usage?.prompt_tokens, texts))
      return vectors
    } catch (error) {
      if (error instanceof PostFailure && (error.status === 400 || error.status === 413)) {
        return askLess(texts, kind, error, { signal, used })
      }
      if (error instanceof PostFailure) throw new EmbeddingFailure(error.message, error.retryable)
      throw error
    }
  }

  /** Tries again with fewer or shorter texts. Servers do not say whether the request or one text is too long. */
  async function askLess(
    texts: string[],
    kind: Kind,
    failure: PostFailure,
    asked: Asked,
  ): Promise<Float32Array[]> {
    const [only] = texts
    if (texts.length > 1) {
      const half = texts.length >> 1
      return [
        ...(await ask(texts.slice(0, half), kind, asked)),
        ...(await ask(texts.slice(half), kind, asked)),
      ]
    }
    if (only === undefined || only.length < shortest) throw new EmbeddingFailure(failure.message, false, true)
    return ask([only.slice(0, only.length >> 1).toWellFormed()], kind, asked)
  }

  return {
    name,
    get dimensions() {
      return found
    },
    maxBatch,
    async embed(texts, kind, signal, used) {
      const vectors: Float32Array[] = []
      for (let at = 0; at < texts.length; at += maxBatch) {
        // Most servers refuse empty input.
        const batch = texts.slice(at, at + maxBatch).map((text) => (text.trim() === '' ? '-' : text))
        vectors.push(...(await ask(batch, kind, { signal, used })))
      }
      found ??= vectors[0]?.length
      if (vectors.some((vector) => vector.length !== found)) {
        throw new EmbeddingFailure(`${name} gives vectors of another length than before`, false)
      }
      return vectors
    },
  }
}

/** The vectors in the order of the texts. Not every server answers in this order. */
function readVectors(answer: unknown, count: number): Float32Array[] {
  const data = (answer as { data?: unknown } | null)?.data
  const vectors: (Float32Array | undefined)[] = Array.from({ length: count }, () => undefined)
  for (const [place, entry] of (Array.isArray(data) ? (data as unknown[]) : []).entries()) {
    const { index = place, embedding } = (entry ?? {}) as { index?: number; embedding?: unknown }
    if (!Array.isArray(embedding) || !embedding.every((value) => typeof value === 'number')) continue
    if (index >= 0 && index < count) vectors[index] = toUnitLength(Float32Array.from(embedding))
  }
  const complete = vectors.filter((vector) => vector !== undefined)
  if (complete.length !== count) throw new EmbeddingFailure('the answer has not one vector per text', false)
  return complete
}
