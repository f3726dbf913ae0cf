import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { EmbeddingFailure, type Embedder } from './embedder.ts'
import { localRuntimes } from './local-runtimes.ts'
import { restingThread } from './resting-thread.ts'
import type { LocalReply, LocalRequest, LocalWorkerData } from './local-worker.ts'

/** Where `threadmill models pull embedding` puts the model. */
export const localModelFolder = (dataDir: string) => join(dataDir, 'models', 'embedding')

export const hasLocalModel = (dataDir: string) =>
  ['model.onnx', 'vocab.txt'].every((name) => existsSync(join(localModelFolder(dataDir), name)))

/** Whether a package is installed that can run the model. */
export const hasLocalRuntime = () =>
  localRuntimes.some((name) => {
    try {
      return import.meta.resolve(name) !== ''
    } catch {
      return false
    }
  })

/**
 * all-MiniLM-L6-v2 in a thread of its own, which starts with the first text and ends after `idleMs` without one. A
 * query goes before the documents that are waiting.
 */
export function localEmbedder(folder: string, { idleMs = 120_000 }: { idleMs?: number } = {}): Embedder {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const thread = restingThread<Omit<LocalRequest, 'id'>, LocalReply>(
    () =>
      new Worker(new URL(`./local-worker.${extension}`, import.meta.url), {
        name: 'embedder',
        workerData: { folder } satisfies LocalWorkerData,
      }),
    { idleMs, failure: (message, lost) => new EmbeddingFailure(`the local model failed: ${message}`, lost) },
  )
  const ask = async (texts: string[], urgent: boolean, signal: AbortSignal): Promise<Float32Array[]> =>
    (await thread.ask({ texts, urgent }, signal)).vectors ?? []

  return {
    name: 'local/all-MiniLM-L6-v2',
    dimensions: 384,
    maxBatch: 32,
    async embed(texts, kind, signal) {
      if (kind === 'query') return ask(texts, true, signal)
      const vectors: Float32Array[] = []
      // One at a time: what is given up in between is not worked out.
      for (const text of texts) vectors.push(...(await ask([text], false, signal)))
      return vectors
    },
    close: () => thread.close(),
  }
}
