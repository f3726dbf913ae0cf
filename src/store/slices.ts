/** How long one transaction should take, in milliseconds, because every other writer and the event loop wait for it. */
const targetMs = 8
const minRows = 4
const maxRows = 1_000

/**
 * How many rows one transaction should touch. The sizes of rows differ by a factor of a thousand, and disks differ in
 * speed, so the number follows from how long the last transaction took.
 */
export interface Slice {
  readonly rows: number
  /** Runs the work of one slice, and adjusts the number of rows to its duration. */
  measure<T>(work: () => Promise<T>): Promise<T>
}

export function createSlice(): Slice {
  let rows = 100
  return {
    get rows() {
      return rows
    },
    async measure(work) {
      const start = performance.now()
      const result = await work()
      const took = performance.now() - start
      if (took > targetMs) rows = Math.max(minRows, Math.floor(rows / 2))
      else if (took < targetMs / 4) rows = Math.min(maxRows, rows * 2)
      return result
    },
  }
}
