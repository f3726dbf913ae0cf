import { DatabaseSync } from 'node:sqlite'
import { parentPort } from 'node:worker_threads'
import { answerQuestions } from '../../common/worker-thread.ts'

answerQuestions(parentPort, (file: string) => {
  using database = new DatabaseSync(file, { timeout: 1_000 })
  // A passive checkpoint waits for no other connection, and none waits for it.
  database.exec('pragma wal_checkpoint(passive)')
})
