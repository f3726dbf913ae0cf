/** What a command says: results on stdout, everything for the person at the terminal on stderr. */
export interface Output {
  /** A line of the result. */
  print(line: string): void
  /** The result for programs: the only thing on stdout then. */
  json(value: unknown): void
  /** A line for the person: warnings, what was left out. */
  note(line: string): void
  /** A bar on stderr; where that is no terminal, a line for each tenth. `show` writes an amount, of bytes for example. */
  progress(what: string, show?: (amount: number) => string): Progress
  /** In characters, where stdout is a terminal. */
  readonly columns: number | undefined
  /** Where stdout is: what is asked before it is coloured. */
  readonly stdout: NodeJS.WriteStream
}

export type Progress = (done: number, total: number) => void

const widestBar = 30
const eraseLine = '\r\x1b[K'

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

export function createOutput(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Output {
  // Whether a bar stands in the line of the cursor.
  let open = false
  const line = (stream: NodeJS.WriteStream, text: string) => {
    if (open) stderr.write(eraseLine)
    open = false
    stream.write(`${text}\n`)
  }
  return {
    print: (text) => line(stdout, text),
    json: (value) => line(stdout, JSON.stringify(value, undefined, stdout.isTTY ? 2 : undefined)),
    note: (text) => line(stderr, text),
    progress(what, show = String) {
      let tenths = -1
      return (done, total) => {
        const share = total === 0 ? 1 : Math.min(1, done / total)
        const amounts = `${show(done)}/${show(total)}`
        const isNewTenth = Math.floor(share * 10) > tenths
        tenths = Math.max(tenths, Math.floor(share * 10))
        if (!stderr.isTTY) {
          if (isNewTenth) line(stderr, `${what} ${amounts}`)
        } else if (share < 1 || isNewTenth) {
          stderr.write(eraseLine + barLine(what, { share, amounts, columns: stderr.columns || 80 }))
          open = share < 1
          if (!open) stderr.write('\n')
        }
      }
    },
    columns: stdout.isTTY ? stdout.columns : undefined,
    stdout,
  }
}

interface Bar {
  share: number
  amounts: string
  columns: number
}

/** Shorter than the terminal is wide: one that wraps would be drawn below itself again and again. */
export function barLine(what: string, { share, amounts, columns }: Bar): string {
  const room = columns - 1 - what.length - amounts.length - ' [] '.length
  const width = Math.min(widestBar, room)
  if (width < 5) return `${what} ${amounts}`.slice(0, Math.max(0, columns - 1))
  const full = Math.floor(share * width)
  return `${what} [${'#'.repeat(full)}${'.'.repeat(width - full)}] ${amounts}`
}
