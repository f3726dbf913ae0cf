import { parentPort } from 'node:worker_threads'
import type { NewChunks } from '../store/chunks.ts'
import type { Numbered } from '../worker-thread.ts'
import { prepareChunks } from './prepare-chunks.ts'
import type { ToPrepare } from './preparer.ts'

parentPort?.on('message', ({ id, content: { filename, chunks } }: Numbered<ToPrepare>) => {
  parentPort?.postMessage({ id, content: prepareChunks(filename, chunks) } satisfies Numbered<NewChunks>)
})
