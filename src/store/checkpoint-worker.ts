import { DatabaseSync } from 'node:sqlite'
import { parentPort } from 'node:worker_threads'
import type { Numbered } from '../worker-thread.ts'

parentPort?.on('message', ({ id, content: file }: Numbered<string>) => {
  using database = new DatabaseSync(file, { timeout: 1_000 })
  // It waits for nobody and nobody waits for it.
  database.exec('pragma wal_checkpoint(passive)')
  parentPort?.postMessage({ id, content: null } satisfies Numbered<null>)
})
