import { monthOf, nowSeconds } from '../../common/clock.ts'
import type { Database, Reader, Transaction } from '../database.ts'
import { addToMonth } from './spending.ts'

export type CountedKind = 'embeddings' | 'code_interpreter_sessions' | 'file_search_calls' | 'vector_stores'

/** What was used of one kind in a bucket. */
export interface UsageCount {
  project: string
  /** The beginning of the bucket, in Unix seconds. */
  minute: number
  /** '' where there is none. */
  model: string
  /** The key of a request for embeddings, or of the run that has searched. '' for what file search embeds, and for other kinds. */
  api_key: string
  requests: number
  /** Tokens of embeddings, and bytes of vector stores. */
  amount: number
}

/**
 * Adds to what was used of a kind in this minute. Embeddings that a key has asked for count in the month of their project as
 * well, for its budgets; those of file search do not, because nobody waits for them who could be refused.
 */
export function countUse(
  tx: Transaction,
  kind: Exclude<CountedKind, 'vector_stores'>,
  {
    project,
    model = '',
    apiKey = '',
    amount = 0,
  }: { project: string; model?: string; apiKey?: string; amount?: number },
): void {
  const now = nowSeconds()
  const counted = [project, kind, minuteOf(now), model]
  tx.send(
    `insert into usage_counts (project, kind, minute, model, requests, amount) values (?, ?, ?, ?, 1, ?)
     on conflict (project, kind, minute, model) do update set
       requests = usage_counts.requests + 1, amount = usage_counts.amount + excluded.amount`,
    ...counted,
    amount,
  )
  if (apiKey === '') return
  tx.send(
    `insert into usage_counts_of_keys (project, kind, minute, model, api_key, requests, amount) values (?, ?, ?, ?, ?, 1, ?)
     on conflict (project, kind, minute, model, api_key) do update set
       requests = usage_counts_of_keys.requests + 1, amount = usage_counts_of_keys.amount + excluded.amount`,
    ...counted,
    apiKey,
    amount,
  )
  if (kind === 'embeddings')
    addToMonth(tx, { month: monthOf(now).start, project, model, ...noTokens, input_tokens: amount })
}

const noTokens = { input_tokens: 0, cached_tokens: 0, output_tokens: 0, reasoning_tokens: 0 }

interface Span {
  start: number
  end: number
  width: number
}

const ofProject = (project: string | undefined) => (project === undefined ? '1 = 1' : 'project = ?')
const valuesOf = (project: string | undefined) => (project === undefined ? [] : [project])

/** What was used of a kind from `start` on and before `end` (Unix seconds), in steps of `width` seconds. */
export const countsBetween = (
  db: Reader,
  kind: CountedKind,
  project: string | undefined,
  { start, end, width }: Span,
): Promise<UsageCount[]> =>
  db.all<UsageCount>(
    `select project, bucket as minute, model, api_key, sum(requests) as requests, sum(amount) as amount
     from (
       select project, minute - minute % ? as bucket, model, api_key, requests, amount
       from (${countsOfKeys}) as counted
       where ${ofProject(project)} and kind = ? and minute between ? and ?
     ) as used
     group by project, bucket, model, api_key having sum(requests) > 0 order by bucket, project, model, api_key`,
    width,
    ...valuesOf(project),
    kind,
    start,
    end - 1,
  )

/** What is of no key is what the keys leave of the whole. */
const countsOfKeys = `select project, kind, minute, model, '' as api_key, requests, amount from usage_counts
  union all select project, kind, minute, model, api_key, requests, amount from usage_counts_of_keys
  union all select project, kind, minute, model, '', -requests, -amount from usage_counts_of_keys`

/**
 * How large the vector stores were at the end of each step of `width` seconds, in bytes: what was noted last, and in the step
 * that is not over yet, what they have now.
 */
export async function storeBytesBetween(
  db: Reader,
  project: string | undefined,
  { start, end, width }: Span,
): Promise<UsageCount[]> {
  const noted = await db.all<Noted>(
    `select project, minute, amount from usage_counts where ${ofProject(project)} and kind = 'vector_stores' and minute < ?
     order by minute`,
    ...valuesOf(project),
    end,
  )
  const now = nowSeconds()
  const steps: UsageCount[] = []
  const bytes = new Map<string, number>()
  let next = 0
  for (let minute = start; minute < end && minute <= now; minute += width) {
    for (; (noted[next]?.minute ?? Infinity) < minute + width; next++) {
      const { project: of, amount } = noted[next] as Noted
      bytes.set(of, amount)
    }
    if (now < minute + width) {
      bytes.clear()
      for (const one of await bytesOfStores(db, project)) bytes.set(one.project, one.bytes)
    }
    for (const [of, amount] of bytes)
      if (amount > 0) steps.push({ project: of, minute, model: '', api_key: '', requests: 0, amount })
  }
  return steps
}

interface Noted {
  project: string
  minute: number
  amount: number
}

const bytesOfStores = (db: Reader, project: string | undefined) =>
  db.all<{ project: string; bytes: number }>(
    `select store.project as project, sum(file.usage_bytes) as bytes
     from vector_stores as store, vector_store_files as file
     where ${project === undefined ? '1 = 1' : 'store.project = ?'} and store.removed = 0
       and file.vector_store_id = store.id and file.status <> 'removed'
     group by store.project`,
    ...valuesOf(project),
  )

/** How often it is noted how large the vector stores of projects are, in milliseconds. */
const noteEveryMs = 300_000

/** Notes how large the vector stores of projects are, where that has changed. */
export function createStoreNotes(db: Database): () => Promise<false> {
  let due = -Infinity
  return async () => {
    if (performance.now() < due) return false
    due = performance.now() + noteEveryMs
    const now = new Map((await bytesOfStores(db, undefined)).map(({ project, bytes }) => [project, bytes]))
    const before = await db.all<Noted>(
      `select project, minute, amount from usage_counts as noted where kind = 'vector_stores' and minute =
         (select max(minute) from usage_counts where project = noted.project and kind = 'vector_stores')`,
    )
    const last = new Map(before.map(({ project, amount }) => [project, amount]))
    const changed = [...new Set([...now.keys(), ...last.keys()])].filter(
      (project) => (now.get(project) ?? 0) !== (last.get(project) ?? 0),
    )
    if (changed.length === 0) return false
    const minute = minuteOf(nowSeconds())
    await db.write((tx) => {
      for (const project of changed)
        tx.send(
          `insert into usage_counts (project, kind, minute, model, requests, amount) values (?, 'vector_stores', ?, '', 0, ?)
           on conflict (project, kind, minute, model) do update set amount = excluded.amount`,
          project,
          minute,
          now.get(project) ?? 0,
        )
    }, 'committed')
    return false
  }
}

const minuteOf = (seconds: number) => seconds - (seconds % 60)
