/** How long text may be held back, in milliseconds, and how long it may become, in characters. */
const flushIntervalMs = 50
const maxPendingLength = 65_536

/**
 * Joins texts that arrive shortly after one another, because each text that is shown becomes an event on the wire and
 * on disk.
 */
export interface JoinedLogs {
  add(text: string): void
  /** Shows the text that is held back. */
  flush(): void
}

export function joinLogs(show: (text: string) => void): JoinedLogs {
  let waiting: string[] = []
  let length = 0
  let timer: NodeJS.Timeout | undefined
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    const text = waiting.join('')
    waiting = []
    length = 0
    if (text !== '') show(text)
  }
  return {
    add(text) {
      waiting.push(text)
      length += text.length
      if (length >= maxPendingLength) flush()
      else timer ??= setTimeout(flush, flushIntervalMs)
    },
    flush,
  }
}
