import { moduleBeside, workerThread } from '../../common/worker-thread.ts'

/**
 * Copies the log of the database into its main file. This happens in a thread, so that the event loop does not wait for
 * the disk.
 */
export interface Checkpoint {
  run(): Promise<void>
  close(): Promise<void>
}

/** Only SQLite needs this. The thread runs only while it is used. */
export function openCheckpoint(file: string): Checkpoint {
  const thread = workerThread<string, void>(moduleBeside(import.meta.url, 'checkpoint-worker'), 'checkpoint')
  return {
    run: () => thread.ask(file),
    close: () => thread.close(),
  }
}
