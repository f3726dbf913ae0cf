import type { PoolClient } from 'pg'
import { sendBatch, type Answer, type Statement } from './batch.ts'
import { settle, StatementPassedOver, type Sent, type Whole } from './sent.ts'

/**
 * The statements of one transaction. Those of one turn of the event loop leave together. Where all of them do, up to the commit,
 * the transaction goes to `whole` and needs no connection of its own.
 */
export interface Pipeline {
  send(statement: Statement): Promise<Answer>
  /** Sends the last statement of the transaction. */
  commit(statement: Statement): Promise<Answer>
  /** Undoes what was sent. Rejects when it is not known whether it was undone. */
  rollback(statement: Statement): Promise<void>
  /** Gives the connection back, or away when it is broken. */
  release(broken: boolean): void
}

export function createPipeline({
  connect,
  begin,
  whole,
}: {
  connect: () => Promise<PoolClient>
  /** What is sent first on a connection of its own. */
  begin: () => Statement[]
  whole: (transaction: Whole) => void
}): Pipeline {
  let waiting: Sent[] = []
  let own: Promise<PoolClient> | undefined
  let last: Sent | undefined

  function flush(): void {
    const batch = waiting
    waiting = []
    const commit = batch.at(-1)
    if (!commit) return
    if (!own && commit === last) return whole({ statements: batch.slice(0, -1), commit })
    const first = own ? [] : begin()
    own ??= connect()
    void sendOwn(own, first, batch)
  }

  async function sendOwn(connected: Promise<PoolClient>, first: Statement[], batch: Sent[]): Promise<void> {
    try {
      const outcome = await sendBatch(await connected, [...first, ...batch])
      settle(batch, { ...outcome, answers: outcome.answers.slice(first.length) })
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  const push = (statement: Statement, isLast = false) =>
    new Promise<Answer>((resolve, reject) => {
      const sent = { ...statement, resolve, reject }
      if (isLast) last = sent
      if (waiting.push(sent) === 1) process.nextTick(flush)
    })

  return {
    send: (statement) => push(statement),
    commit: (statement) => push(statement, true),
    async rollback(statement) {
      if (own) return void (await push(statement))
      for (const { reject } of waiting.splice(0)) reject(new StatementPassedOver())
    },
    release(broken) {
      own?.then(
        (client) => client.release(broken),
        () => {},
      )
    },
  }
}
