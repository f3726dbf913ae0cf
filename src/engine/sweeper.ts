import { describeError, type Log } from '../common/log.ts'

const everyMs = 1_000
/** How long one kind of work may continue before the next kind gets its turn, in milliseconds. */
const turnMs = 300
/** After this many slices so much was written that a checkpoint is made at once. */
const manySlices = 10

export interface SweeperOptions {
  /** They run in this order, because one of them may delete what a later one has to clean up. */
  chores: Chore[]
  /** Called after much was written. Without it, the next commit would have to wait for the whole checkpoint. */
  checkpoint: () => Promise<void>
  log: Log
}

/** Does a small part of one kind of work, in a short transaction. Returns false when nothing was left to do. */
export type Chore = () => Promise<boolean>

/**
 * Does the work that becomes due by time alone. It repeats for ever, and takes a slice of each kind of work at a time.
 */
export function startSweeper({ chores, checkpoint, log }: SweeperOptions): { close(): Promise<void> } {
  let sweeping: Promise<void> | undefined
  let closing = false

  async function sweep(): Promise<void> {
    for (const chore of chores) {
      const end = performance.now() + turnMs
      let worked = 0
      while (!closing && performance.now() < end && (await chore())) worked++
      if (worked >= manySlices) await checkpoint()
    }
  }

  const timer = setInterval(() => {
    sweeping ??= sweep()
      .catch((error) => log('error', 'sweeping failed', describeError(error)))
      .finally(() => (sweeping = undefined))
  }, everyMs)

  return {
    async close() {
      closing = true
      clearInterval(timer)
      await sweeping
    },
  }
}
