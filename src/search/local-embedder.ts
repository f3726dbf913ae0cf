import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { EmbeddingFailure, type Embedder } from './embedder.ts'
import type { LocalReply, LocalRequest, LocalWorkerData } from './local-worker.ts'

/** Where `threadmill models pull embedding` puts the model. */
export const localModelFolder = (dataDir: string) => join(dataDir, 'models', 'embedding')

export const hasLocalModel = (dataDir: string) =>
  ['model.onnx', 'vocab.txt'].every((name) => existsSync(join(localModelFolder(dataDir), name)))

/**
 * all-MiniLM-L6-v2 in a thread of its own, which starts with the first text and ends after `idleMs` without one. A
 * query goes before the documents that are waiting.
 */
export function localEmbedder(folder: string, { idleMs = 120_000 }: { idleMs?: number } = {}): Embedder {
  let thread: Worker | undefined
  let idle: NodeJS.Timeout | undefined
  let lastId = 0
  const open = new Map<number, PromiseWithResolvers<Float32Array[]>>()

  function start(): Worker {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    const started = new Worker(new URL(`./local-worker.${extension}`, import.meta.url), {
      name: 'embedder',
      workerData: { folder } satisfies LocalWorkerData,
    })
    started.on('message', ({ id, vectors, error }: LocalReply) => {
      const waiting = open.get(id)
      open.delete(id)
      if (vectors && error === undefined) waiting?.resolve(vectors)
      else waiting?.reject(new EmbeddingFailure(`the local model failed: ${error}`, false))
    })
    const end = (reason: string) => {
      if (thread !== started) return
      thread = undefined
      for (const waiting of open.values()) waiting.reject(new EmbeddingFailure(reason, true))
      open.clear()
    }
    started.on('error', (error: Error) => end(`the local model failed: ${error.message}`))
    started.on('exit', () => end('the thread of the local model ended'))
    return started
  }

  function stop(): Promise<number> | undefined {
    clearTimeout(idle)
    const ending = thread
    thread = undefined
    return ending?.terminate()
  }

  function restLater(): void {
    clearTimeout(idle)
    idle = setTimeout(() => (open.size > 0 ? restLater() : void stop()), idleMs)
    idle.unref()
  }

  /** Few texts at a time, so that a query waits for one document and not for hundreds. */
  async function ask(texts: string[], signal: AbortSignal): Promise<Float32Array[]> {
    signal.throwIfAborted()
    restLater()
    thread ??= start()
    const id = ++lastId
    const waiting = Promise.withResolvers<Float32Array[]>()
    open.set(id, waiting)
    const abort = () => waiting.reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    thread.ref()
    thread.postMessage({ id, texts } satisfies LocalRequest)
    try {
      return await waiting.promise
    } finally {
      signal.removeEventListener('abort', abort)
      open.delete(id)
      if (open.size === 0) thread?.unref()
    }
  }

  return {
    name: 'local/all-MiniLM-L6-v2',
    dimensions: 384,
    maxBatch: 32,
    async embed(texts, kind, signal) {
      if (kind === 'query') return ask(texts, signal)
      const vectors: Float32Array[] = []
      for (const text of texts) vectors.push(...(await ask([text], signal)))
      return vectors
    },
    async close() {
      for (const waiting of open.values()) waiting.reject(new EmbeddingFailure('the server is closing', true))
      open.clear()
      await stop()
    },
  }
}
