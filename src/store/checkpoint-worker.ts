import { DatabaseSync } from 'node:sqlite'
import { parentPort } from 'node:worker_threads'
import { answerQuestions } from '../worker-thread.ts'

answerQuestions(parentPort, (file: string) => {
  using database = new DatabaseSync(file, { timeout: 1_000 })
  // It waits for nobody and nobody waits for it.
  database.exec('pragma wal_checkpoint(passive)')
})
