import { DatabaseSync } from 'node:sqlite'
import { parentPort } from 'node:worker_threads'
import { answerQuestions } from '../../common/worker-thread.ts'
import { describeDatabaseError } from '../unusable-database.ts'

export interface FileCopy {
  source: string
  copy: string
}

/** Answers with what went wrong, as a sentence. */
answerQuestions(parentPort, ({ source, copy }: FileCopy): string | undefined => {
  using database = new DatabaseSync(source, { readOnly: true, timeout: 30_000 })
  try {
    // One reading transaction, for which no writer has to wait.
    database.prepare('vacuum into ?').run(copy)
    return undefined
  } catch (error) {
    // Only the copy is being written, so a full disk is that of the copy.
    const full = describeDatabaseError(error, copy)
    return full?.includes('is full')
      ? full
      : (describeDatabaseError(error, source) ?? (error as Error).message)
  }
})
