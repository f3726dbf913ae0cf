import assert from 'node:assert/strict'
import type { RunState } from '../../../src/contract/runs.ts'
import type { Reader } from '../../../src/store/database.ts'
import { usageBetween } from '../../../src/store/usage/usage.ts'
import { eventsBeforeLast } from '../../event-rows.ts'

/** Queries for rows that must not exist, by the meaning of such a row. */
const wrong: Record<string, string> = {
  'runs that have not ended': `select id, status from runs where finished_at is null`,
  'leases of ended runs': `select id from runs where lease_owner is not null`,
  'files that somebody still holds': `select id from vector_store_files where lease_owner is not null`,
  'settled files with what was being done with them': `
    select id, status, progress from vector_store_files where status <> 'in_progress' and progress is not null`,
  'runs whose events have a gap or are there twice': `
    select id, min(run_log.seq), max(run_log.seq), count(*), last_event
    from runs left join run_log on run_log.run = runs.seq and run_log.seq > 0 group by runs.seq, id, last_event
    having min(run_log.seq - ${eventsBeforeLast}) is distinct from 1
    or max(run_log.seq) <> sum(1 + ${eventsBeforeLast}) or max(run_log.seq) <> last_event`,
  'chunks of a file that are there twice, or that are missing': `
    select vector_store_id, file_id from chunks group by vector_store_id, file_id
    having count(*) <> count(distinct ord) or max(ord) + 1 <> count(*)`,
  'indexed files without chunks': `
    select id from vector_store_files as file where status = 'completed' and not exists
      (select 1 from chunks where chunks.file_id = file.id and chunks.vector_store_id = file.vector_store_id)`,
  'threads with two active runs': `
    select thread_id from runs where finished_at is null group by thread_id having count(*) > 1`,
}

export async function checkDatabase(db: Reader): Promise<void> {
  for (const [what, sql] of Object.entries(wrong)) assert.deepEqual(await db.all(sql), [], what)
  await checkUsage(db)
}

/** No thread with a run is deleted here, so what was counted is what the runs say. */
async function checkUsage(db: Reader): Promise<void> {
  const runs = await db.all<{ state: string }>('select state from runs where copied_from is null')
  const said = { input: 0, cached: 0, output: 0, reasoning: 0 }
  for (const { usage } of runs.map(({ state }) => JSON.parse(state) as RunState)) {
    said.input += usage?.prompt_tokens ?? 0
    said.cached += usage?.prompt_token_details.cached_tokens ?? 0
    said.output += usage?.completion_tokens ?? 0
    said.reasoning += usage?.completion_tokens_details.reasoning_tokens ?? 0
  }
  const used = await usageBetween(db, undefined, { start: 0, end: 1e11, width: 60 })
  const sum = (field: 'input_tokens' | 'cached_tokens' | 'output_tokens' | 'reasoning_tokens') =>
    used.reduce((all, one) => all + one[field], 0)
  assert.deepEqual(
    {
      input: sum('input_tokens'),
      cached: sum('cached_tokens'),
      output: sum('output_tokens'),
      reasoning: sum('reasoning_tokens'),
    },
    said,
    'what was counted as used',
  )
}
