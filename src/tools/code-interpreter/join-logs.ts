/** How long a text may wait for more, in milliseconds, and how long it gets by that, in characters. */
const flushIntervalMs = 50
const maxPendingLength = 65_536

/** Texts that come shortly after one another, as one. Each one shown is an event of its own, on the wire and on disk. */
export interface JoinedLogs {
  add(text: string): void
  /** Shows what waits. */
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
