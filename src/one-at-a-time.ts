export interface OneAtATime {
  (): void
  /** Starts nothing any more, and waits for what runs. */
  close(): Promise<void>
}

/**
 * A function that starts `work`, of which one runs at a time: a call meanwhile makes it run once more afterwards.
 * `work` says whether there is more to do at once.
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
