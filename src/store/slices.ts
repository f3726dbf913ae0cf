/** What one transaction may take: it holds up every other writer, and the event loop with it. In milliseconds. */
const targetMs = 8
const minRows = 4
const maxRows = 1_000

/**
 * How many rows one transaction should touch. Rows differ a thousandfold in size, and disks in speed, so the count
 * follows from how long the last one took.
 */
export interface Slice {
  readonly rows: number
  /** Runs the work of one slice and learns from it. */
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
