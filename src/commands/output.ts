/** The output of a command: results go to stdout, everything else for the user goes to stderr. */
export interface Output {
  /** Prints a line of the result. */
  print(line: string): void
  /** Prints the result for programs. Then it is the only output on stdout. */
  json(value: unknown): void
  /** Prints a line for the user, such as a warning. */
  note(line: string): void
  /**
   * Shows a progress bar on stderr, or a line for each tenth if that is no terminal. `show` formats an amount, such as
   * bytes.
   */
  progress(what: string, show?: (amount: number) => string): Progress
  /** The width in characters, if stdout is a terminal. */
  readonly columns: number | undefined
  /** The stream of stdout, to find out whether it can show colours. */
  readonly stdout: NodeJS.WriteStream
}

export type Progress = (done: number, total: number) => void

const widestBar = 30
const eraseLine = '\r\x1b[K'

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

/** Results go to stdout, and notes and progress to stderr, so that a program can read the former. */
export function createOutput(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Output {
  // Whether the cursor is in a line with a progress bar.
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
      let last: string | undefined
      return (done, total) => {
        const share = total === 0 ? 1 : Math.min(1, done / total)
        const amounts = `${show(done)}/${show(total)}`
        const isNewTenth = Math.floor(share * 10) > tenths
        tenths = Math.max(tenths, Math.floor(share * 10))
        if (!stderr.isTTY) {
          // What is small or grows little between two tenths would be said in the same words.
          if (!isNewTenth || amounts === last) return
          line(stderr, `${what} ${amounts}`)
          last = amounts
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

/** Makes the line shorter than the terminal is wide. A bar that wraps could not be overwritten. */
export function barLine(what: string, { share, amounts, columns }: Bar): string {
  const room = columns - 1 - what.length - amounts.length - ' [] '.length
  const width = Math.min(widestBar, room)
  if (width < 5) return `${what} ${amounts}`.slice(0, Math.max(0, columns - 1))
  const full = Math.floor(share * width)
  return `${what} [${'#'.repeat(full)}${'.'.repeat(width - full)}] ${amounts}`
}
