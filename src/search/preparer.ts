import { Worker } from 'node:worker_threads'
import type { NewChunks } from '../store/chunks.ts'
import type { Chunk } from './chunk.ts'
import type { Prepare } from './index-file.ts'

export interface ToPrepare {
  id: number
  filename: string
  chunks: readonly Chunk[]
}

export interface Prepared {
  id: number
  prepared: NewChunks
}

export interface Preparer {
  prepare: Prepare
  close(): Promise<void>
}

// Beside this file, in TypeScript as in what tsc makes of it.
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
const entry = new URL(`./prepare-worker.${extension}`, import.meta.url)

/** A thread without work ends after this time, in milliseconds. */
const idle = 60_000

/** Finds the words of chunks in a thread of its own: a book takes seconds, and the server has others to answer. */
export function startPreparer(): Preparer {
  let worker: Worker | undefined
  let timer: NodeJS.Timeout | undefined
  let lastId = 0
  const waiting = new Map<number, PromiseWithResolvers<NewChunks>>()

  function start(): Worker {
    const started = new Worker(entry, { name: 'prepare', env: {}, execArgv: [] })
    started.on('message', ({ id, prepared }: Prepared) => {
      waiting.get(id)?.resolve(prepared)
      waiting.delete(id)
      if (waiting.size === 0) rest(started)
    })
    const end = (error: Error) => {
      if (worker !== started) return
      worker = undefined
      for (const one of waiting.values()) one.reject(error)
      waiting.clear()
    }
    started.on('error', end)
    started.on('exit', () => end(new Error('the thread that prepares chunks ended')))
    return started
  }

  function rest(resting: Worker): void {
    resting.unref()
    timer = setTimeout(() => {
      if (worker === resting) worker = undefined
      void resting.terminate()
    }, idle).unref()
  }

  return {
    prepare(filename, chunks, signal) {
      signal.throwIfAborted()
      clearTimeout(timer)
      worker ??= start()
      worker.ref()
      const id = ++lastId
      const one = Promise.withResolvers<NewChunks>()
      waiting.set(id, one)
      signal.addEventListener('abort', () => one.reject(signal.reason), { once: true })
      worker.postMessage({ id, filename, chunks } satisfies ToPrepare)
      return one.promise
    },
    async close() {
      clearTimeout(timer)
      await worker?.terminate()
    },
  }
}
