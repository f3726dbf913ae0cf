import { describeError, type Log } from '../log.ts'

const everyMs = 1_000
/** How long one kind of work may go on before others get their turn, in milliseconds. */
const turnMs = 300
/** What writes so much at a time that it is put into its place at once. */
const manySlices = 10

export interface SweeperOptions {
  /** In this order: what one of them deletes may be for a later one to clear away. */
  chores: Chore[]
  /** After much was written: otherwise the next commit would have to wait until all of it is in its place. */
  checkpoint: () => Promise<void>
  log: Log
}

/** Does some of a kind of work, in a transaction that is soon over; false when nothing of it was left. */
export type Chore = () => Promise<boolean>

/** Does what time alone makes due, again and again, a slice of each kind at a time. */
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
