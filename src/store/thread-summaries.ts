import type { RunStatus } from '../contract/run-status.ts'
import type { Reader } from './database.ts'
import { inList } from './in-list.ts'

export interface ThreadFigures {
  id: string
  messages: number
  /** The beginning of the newest message as JSON, in which its time of creation is. Null in a thread without messages. */
  newest: string | null
  /** The number of the newest run. */
  last_run: number | null
}

/** What a summary says of each thread besides its title. One statement for a whole page. */
export async function figuresOfThreads(db: Reader, ids: string[]): Promise<ThreadFigures[]> {
  const wanted = inList(ids)
  return db.all<ThreadFigures>(
    `select id,
       (select count(*) from messages where thread_id = threads.id and withdrawn = 0) as messages,
       (select substr(body, 1, 100) from messages where thread_id = threads.id and withdrawn = 0
         order by seq desc limit 1) as newest,
       (select seq from runs where thread_id = threads.id and api = 'assistants' order by seq desc limit 1) as last_run
     from threads where id in (${wanted.marks})`,
    ...wanted.values,
  )
}

export interface LastRun {
  seq: number
  id: string
  status: RunStatus
  cancel_requested: number
  assistant_id: string
  model: string
  created_at: number
}

/** The runs with these numbers. */
export async function lastRuns(db: Reader, numbers: number[]): Promise<LastRun[]> {
  if (numbers.length === 0) return []
  const wanted = inList(numbers)
  return db.all<LastRun>(
    `select seq, id, status, cancel_requested, assistant_id, model, created_at from runs
     where seq in (${wanted.marks})`,
    ...wanted.values,
  )
}
