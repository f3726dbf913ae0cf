import { EmbeddingFailure, tokensRead, type Embedder } from './embedder.ts'

/** The maximum number of requests at the same time. */
const maxRequests = 4

/** The texts of one caller. */
interface Call {
  texts: string[]
  vectors: Float32Array[]
  /** How many of its texts were sent, and how many have their vectors. */
  sent: number
  back: number
  signal: AbortSignal
  used: ((tokens: number) => void) | undefined
  resolve: (vectors: Float32Array[]) => void
  reject: (error: unknown) => void
  over: boolean
}

/** Some texts of a call, which share a request with texts of other calls. */
interface Part {
  call: Call
  from: number
  to: number
}

/**
 * An embedder that combines the documents of many callers into full requests, so that a thousand small files need
 * eleven requests and not a thousand. A request that is not full is sent only when no other is running, so that no
 * delay is necessary. Callers take turns: a caller with a whole book takes a share of each request instead of whole
 * requests.
 */
export function gatherTexts(embedder: Embedder): Embedder {
  const { maxBatch } = embedder
  const waiting: Call[] = []
  let requests = 0
  let scheduled = false

  function sendSoon(): void {
    if (scheduled) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      send()
    })
  }

  function send(): void {
    while (requests < maxRequests) {
      for (let at = waiting.length - 1; at >= 0; at--) if (waiting[at]?.over) waiting.splice(at, 1)
      const texts = waiting.reduce((sum, call) => sum + call.texts.length - call.sent, 0)
      if (texts === 0 || (texts < maxBatch && requests > 0)) return
      requests++
      void ask(nextParts()).finally(() => {
        requests--
        send()
      })
    }
  }

  /**
   * The texts of the next request. Each call gets a share, beginning with the one that has waited longest, until the
   * request is full.
   */
  function nextParts(): Part[] {
    const parts: Part[] = []
    let free = maxBatch
    const share = Math.max(1, Math.floor(maxBatch / waiting.length))
    while (free > 0) {
      const call = waiting.shift()
      if (!call) break
      const count = Math.min(share, free, call.texts.length - call.sent)
      parts.push({ call, from: call.sent, to: call.sent + count })
      call.sent += count
      free -= count
      if (call.sent < call.texts.length) waiting.push(call)
    }
    return parts
  }

  async function ask(parts: Part[]): Promise<void> {
    const calls = new Set(parts.map(({ call }) => call))
    const leaving = new AbortController()
    const leave = () => {
      if ([...calls].every(({ over }) => over)) leaving.abort()
    }
    for (const { signal } of calls) signal.addEventListener('abort', leave)
    try {
      const texts = parts.flatMap(({ call, from, to }) => call.texts.slice(from, to))
      let tokens = 0
      const vectors = await embedder.embed(texts, 'document', leaving.signal, (used) => (tokens += used))
      share(tokens, parts)
      let at = 0
      for (const part of parts) {
        settle(part, vectors.slice(at, at + part.to - part.from))
        at += part.to - part.from
      }
    } catch (error) {
      // Each call is asked separately, because a refused text of one caller must not fail the others.
      if (calls.size > 1 && error instanceof EmbeddingFailure && !error.retryable) {
        for (const call of calls) await ask(parts.filter((part) => part.call === call))
      } else {
        for (const call of calls) fail(call, error)
      }
    } finally {
      for (const { signal } of calls) signal.removeEventListener('abort', leave)
    }
  }

  /** What a request has read is shared by the estimated lengths of the texts, so that the shares are all of it together. */
  function share(tokens: number, parts: Part[]): void {
    const sizes = parts.map(({ call, from, to }) => tokensRead(undefined, call.texts.slice(from, to)))
    let size = sizes.reduce((sum, one) => sum + one, 0)
    for (const [at, { call }] of parts.entries()) {
      const own = Math.round((tokens * (sizes[at] ?? 0)) / (size || 1))
      call.used?.(own)
      tokens -= own
      size -= sizes[at] ?? 0
    }
  }

  function settle({ call, from }: Part, vectors: Float32Array[]): void {
    for (const [at, vector] of vectors.entries()) call.vectors[from + at] = vector
    call.back += vectors.length
    if (call.back < call.texts.length || call.over) return
    call.over = true
    call.resolve(call.vectors)
  }

  function fail(call: Call, error: unknown): void {
    if (call.over) return
    call.over = true
    call.reject(error)
  }

  return {
    name: embedder.name,
    get dimensions() {
      return embedder.dimensions
    },
    maxBatch,
    async embed(texts, kind, signal, used) {
      if (kind === 'query') return embedder.embed(texts, kind, signal, used)
      signal.throwIfAborted()
      if (texts.length === 0) return []
      const { promise, resolve, reject } = Promise.withResolvers<Float32Array[]>()
      const call: Call = { texts, vectors: [], sent: 0, back: 0, signal, used, resolve, reject, over: false }
      const stop = () => fail(call, signal.reason)
      // Added before the listeners of its requests, because they check whether all callers have stopped.
      signal.addEventListener('abort', stop)
      waiting.push(call)
      sendSoon()
      try {
        return await promise
      } finally {
        signal.removeEventListener('abort', stop)
      }
    },
    close: async () => embedder.close?.(),
  }
}
