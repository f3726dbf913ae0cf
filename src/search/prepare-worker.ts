import { parentPort } from 'node:worker_threads'
import { prepareChunks } from './prepare-chunks.ts'
import type { Prepared, ToPrepare } from './preparer.ts'

parentPort?.on('message', ({ id, filename, chunks }: ToPrepare) => {
  parentPort?.postMessage({ id, prepared: prepareChunks(filename, chunks) } satisfies Prepared)
})
