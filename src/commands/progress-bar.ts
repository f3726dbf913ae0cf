const width = 30

/** A bar that redraws itself on a terminal; elsewhere a line is written when it is full. */
export function progressBar(stream: NodeJS.WriteStream, what: string): (done: number, total: number) => void {
  let ended = false
  return (done, total) => {
    const share = total === 0 ? 1 : Math.min(1, done / total)
    const full = Math.round(share * width)
    const line = `${what} [${'#'.repeat(full)}${'.'.repeat(width - full)}] ${done}/${total}`
    if (stream.isTTY) stream.write(`\r${line}`)
    if (share < 1 || ended) return
    ended = true
    stream.write(stream.isTTY ? '\n' : `${line}\n`)
  }
}
