export interface OneAtATime {
  (): void
  /** Starts no more work, and waits for the work that is running. */
  close(): Promise<void>
}

/**
 * Returns a function that starts `work`, of which only one runs at a time. A call while it runs makes it run once more
 * afterwards. `work` returns whether there is more to do at once.
 */
export function oneAtATime(work: () => Promise<boolean>, failed: (error: unknown) => void): OneAtATime {
  let closed = false
  let running: Promise<void> | undefined
  let again = false
  function start(): void {
    if (closed) return
    if (running) {
      again = true
      return
    }
    again = false
    running = work()
      .then((more) => void (again ||= more), failed)
      .finally(() => {
        running = undefined
        if (again) start()
      })
  }
  return Object.assign(start, {
    async close() {
      closed = true
      await running
    },
  })
}
