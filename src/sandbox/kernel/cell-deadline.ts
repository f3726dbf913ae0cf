interface Stop {
  /** How long the cell may run, in milliseconds. */
  timeoutMs: number
  /** How long after the first interrupt the cell is killed, in milliseconds. */
  graceMs: number
  signal: AbortSignal | undefined
  interrupt: () => void
  kill: () => void
}

export interface CellDeadline {
  /** Interrupts the cell now; only the first reason counts. */
  interrupt(reason: 'timeout' | 'interrupted'): void
  /** Why the cell was interrupted. Undefined when it was not. */
  why(): 'timeout' | 'interrupted' | undefined
  clear(): void
}

/** Interrupts a cell when its time is over or its signal is aborted, and kills it when that does not help. */
export function startCellDeadline({ timeoutMs, graceMs, signal, interrupt, kill }: Stop): CellDeadline {
  let why: 'timeout' | 'interrupted' | undefined
  let again: NodeJS.Timeout | undefined
  let end: NodeJS.Timeout | undefined
  const begin = (reason: 'timeout' | 'interrupted') => {
    if (why) return
    why = reason
    interrupt()
    // A bare `except:` around one step of a loop swallows the first interrupt, so it is repeated.
    again = setInterval(interrupt, Math.max(50, graceMs / 3)).unref()
    end = setTimeout(kill, graceMs).unref()
  }
  const timer = setTimeout(() => begin('timeout'), timeoutMs).unref()
  const abort = () => begin('interrupted')
  signal?.addEventListener('abort', abort, { once: true })
  return {
    interrupt: begin,
    why: () => why,
    clear() {
      clearTimeout(timer)
      clearInterval(again)
      clearTimeout(end)
      signal?.removeEventListener('abort', abort)
    },
  }
}
