import { moduleBeside, workerThread } from '../common/worker-thread.ts'
import type { NewChunks } from '../store/chunks.ts'
import type { ChunkText } from './prepare-chunks.ts'
import type { Prepare } from './index-file.ts'
import { createPriorityQueue } from './priority-queue.ts'

export interface ToPrepare {
  filename: string
  chunks: readonly ChunkText[]
}

export interface Preparer {
  prepare: Prepare
  close(): Promise<void>
}

/**
 * Prepares chunks in a separate thread, because a book takes seconds and the server must answer other requests. The
 * thread cannot be interrupted, so it gets one file at a time, and files that are no longer needed never reach it.
 */
export function startPreparer(): Preparer {
  const thread = workerThread<ToPrepare, NewChunks>(
    moduleBeside(import.meta.url, 'prepare-worker'),
    'prepare',
  )
  const waiting = createPriorityQueue<{ begin: () => Promise<unknown>; reject: (error: Error) => void }>()
  let works = false

  async function work(): Promise<void> {
    if (works) return
    works = true
    for (let next; (next = waiting.shift());) await next.begin()
    works = false
  }

  return {
    prepare(filename, chunks, { signal, rank }) {
      const { promise, resolve, reject } = Promise.withResolvers<NewChunks>()
      const begin = () => thread.ask({ filename, chunks }).then(resolve, reject)
      const job = { begin, reject }
      const abort = () => {
        waiting.remove(job)
        reject(signal.reason)
      }
      if (signal.aborted) abort()
      else {
        signal.addEventListener('abort', abort, { once: true })
        waiting.push(job, rank)
        void work()
      }
      return promise.finally(() => signal.removeEventListener('abort', abort))
    },
    close() {
      for (const { reject } of waiting.clear()) reject(new Error('the preparer is closed'))
      return thread.close()
    },
  }
}
