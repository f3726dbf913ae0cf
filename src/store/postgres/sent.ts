import type { Answer, Outcome, Statement } from './batch.ts'

/** A statement that somebody waits for. */
export interface Sent extends Statement {
  resolve: (answer: Answer) => void
  reject: (error: unknown) => void
}

/** A transaction, or a read, all of whose statements are known before the first of them is sent. */
export interface Whole {
  statements: Sent[]
  /** The commit of a transaction, which the server does by itself after the statements. */
  commit?: Sent | undefined
}

/** A statement before this one has failed, so this one was not executed. */
export class StatementPassedOver extends Error {
  override name = 'StatementPassedOver'
  constructor() {
    super('a statement before this one has failed')
  }
}

/** Tells each statement what became of it. */
export function settle(statements: Sent[], { answers, error, undone = false }: Outcome): void {
  const failed = answers.length
  for (const [index, { resolve, reject }] of statements.entries()) {
    const answer = answers[index]
    if (answer) resolve(answer)
    else reject(index > failed && undone ? new StatementPassedOver() : error)
  }
}

/** The same for a whole transaction. It was committed when there is no error. */
export function settleWhole({ statements, commit }: Whole, outcome: Outcome): void {
  settle(statements, outcome)
  if (outcome.error === undefined) commit?.resolve({ rows: [], command: 'COMMIT', count: 0 })
  else commit?.reject(outcome.undone ? new StatementPassedOver() : outcome.error)
}

/** What became of `count` statements of a batch, from the one at `from` on. */
export function part({ answers, error, undone }: Outcome, from: number, count: number): Outcome {
  if (error === undefined) return { answers: answers.slice(from, from + count) }
  // None of them is committed, although all may have answers.
  return { answers: answers.slice(from, from + Math.max(count - 1, 0)), error, undone }
}
