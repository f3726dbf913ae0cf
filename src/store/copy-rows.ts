import { nowSeconds } from '../common/clock.ts'
import type { Transaction } from './database.ts'
import type { RunRecord } from '../contract/runs.ts'

/** A message that is to be copied. */
export interface CopiedMessage {
  seq: number
  id: string
  run_id: string | null
  /** The beginning of its body as JSON, in which its time and its status are. */
  beginning: string
}

/** The messages of a thread from the number `from` on, in order. */
export const messagesToCopy = (tx: Transaction, threadId: string, from: number, limit: number) =>
  tx.all<CopiedMessage>(
    `select seq, id, run_id, substr(body, 1, 300) as beginning from messages
     where thread_id = ? and withdrawn = 0 and seq >= ? order by seq limit ? + 0`,
    threadId,
    from,
    limit,
  )

/** Copies a message with all that it says. Its body is not read, because it may be long. */
export function copyMessage(
  tx: Transaction,
  from: Pick<CopiedMessage, 'seq'>,
  to: { id: string; thread_id: string; run_id: string | null },
): void {
  tx.send(
    `insert into messages (id, project, thread_id, run_id, body)
     select ?, project, ?, ?, body from messages where seq = ?`,
    to.id,
    to.thread_id,
    to.run_id,
    from.seq,
  )
}

/** Copies a run that has ended, without its events. One that has not ended is cancelled in the copy. */
export function copyRun(
  tx: Transaction,
  run: RunRecord,
  to: { id: string; thread_id: string; cancelled: boolean },
): void {
  const now = nowSeconds()
  const state = { ...run.state, required_action: null, cancelled_at: now }
  tx.send(
    `insert into runs (id, project, thread_id, provider, status, created_at, expires_at, request_number, state,
       finished_at, deltas_dropped, assistant_id, model, copied_from)
     select ?, project, ?, provider, ?, created_at, expires_at, request_number, ?,
       coalesce(finished_at, ?), 1, assistant_id, model, id from runs where seq = ?`,
    to.id,
    to.thread_id,
    to.cancelled ? 'cancelled' : run.status,
    JSON.stringify(to.cancelled ? state : run.state),
    now,
    run.seq,
  )
  tx.send(
    `insert into run_metadata (run, key, value) select made.seq, pair.key, pair.value
     from run_metadata as pair join runs as made on made.id = ? where pair.run = ?`,
    to.id,
    run.seq,
  )
}

/** Names the container `to` in what a copy has said and called, where the original names the container `from`. */
export function renameContainer(
  tx: Transaction,
  threadId: string,
  { from, to }: { from: string; to: string },
): void {
  // A quote in a text is written with a backslash, so nothing but a field of the JSON is found.
  const [before, after] = [`"container_id":"${from}"`, `"container_id":"${to}"`]
  for (const table of ['messages', 'conversation_items'])
    tx.send(
      `update ${table} set body = replace(body, ?, ?) where thread_id = ? and body like ?`,
      before,
      after,
      threadId,
      `%${before}%`,
    )
}
