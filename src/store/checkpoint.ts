import { moduleBeside, workerThread } from '../worker-thread.ts'

/** Copies what is in the log of the database into its file, in a thread: the event loop does not wait for the disk. */
export interface Checkpoint {
  run(): Promise<void>
  close(): Promise<void>
}

/** SQLite's own affair. The thread is there only while it is asked. */
export function openCheckpoint(file: string): Checkpoint {
  const thread = workerThread<string, void>(moduleBeside(import.meta.url, 'checkpoint-worker'), 'checkpoint')
  return {
    run: () => thread.ask(file),
    close: () => thread.close(),
  }
}
