/** In this process, at most one job of any kind is on trial at a time. */
export interface Trial {
  readonly free: boolean
  /** Calls `survived` after `ms`, unless the returned function has ended the trial before. */
  begin(ms: number, survived: () => void): () => void
}

export function createTrial(): Trial {
  let current: NodeJS.Timeout | undefined
  return {
    get free() {
      return current === undefined
    },
    begin(ms, survived) {
      const own = setTimeout(() => {
        current = undefined
        survived()
      }, ms)
      current = own
      return () => {
        clearTimeout(own)
        if (current === own) current = undefined
      }
    },
  }
}
