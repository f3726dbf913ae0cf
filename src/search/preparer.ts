import { moduleBeside, workerThread } from '../worker-thread.ts'
import type { NewChunks } from '../store/chunks.ts'
import type { Chunk } from './chunk.ts'
import type { Prepare } from './index-file.ts'

export interface ToPrepare {
  filename: string
  chunks: readonly Chunk[]
}

export interface Preparer {
  prepare: Prepare
  close(): Promise<void>
}

/** Finds the words of chunks in a thread of its own: a book takes seconds, and the server has others to answer. */
export function startPreparer(): Preparer {
  const thread = workerThread<ToPrepare, NewChunks>(
    moduleBeside(import.meta.url, 'prepare-worker'),
    'prepare',
  )
  return {
    prepare: (filename, chunks, signal) => thread.ask({ filename, chunks }, { signal }),
    close: () => thread.close(),
  }
}
