import { styleText } from 'node:util'

/** One result. With `fail` the server cannot work; `note` is something that the user may want to change. */
export interface Finding {
  verdict: 'ok' | 'note' | 'fail'
  what: string
  lines: string[]
}

const colours = { ok: 'green', note: 'yellow', fail: 'red' } as const

/** The result in lines below each other. `stream` is where they are shown, with colours if it can show them. */
export function inColumns({ verdict, what, lines }: Finding, stream: NodeJS.WriteStream): string {
  const mark = styleText(colours[verdict], verdict.padEnd(4), { stream })
  return `  ${mark}  ${what.padEnd(16)}  ${lines.join(`\n${' '.repeat(26)}`)}`
}
