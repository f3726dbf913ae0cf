import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nowSeconds } from '../../src/common/clock.ts'
import { assistantsEvents, createdEvents } from '../../src/assistants/events.ts'
import type { MessageRecord } from '../../src/contract/messages.ts'
import { newRunState, type RunRecord } from '../../src/contract/runs.ts'
import { insertMessage } from '../../src/store/messages.ts'
import { splitRow } from '../../src/store/event-rows.ts'
import { migratePostgres } from '../../src/store/postgres/migrate.ts'
import { migrateSqlite } from '../../src/store/sqlite/migrate.ts'
import { createRunLog } from '../../src/store/run-log.ts'
import { insertRun, nextRunNumber } from '../../src/store/insert-runs.ts'
import { getRun } from '../../src/store/runs.ts'
import { insertThread } from '../../src/store/threads.ts'
import { databaseOf, openDatabaseOf, removeDatabaseOf } from '../database.ts'

/** A new database with the current tables, and functions that fill it. */
export async function createStoreFixture() {
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const file = join(folder, 'threadmill.db')
  const postgres = await databaseOf(folder)
  if (postgres) await migratePostgres(postgres)
  else migrateSqlite(file)
  const db = await openDatabaseOf(folder)
  const log = createRunLog({ assistants: assistantsEvents })
  let count = 0

  const fixture = {
    folder,
    file,
    db,
    log,
    async thread(id = `thread_${++count}`) {
      const body = { created_at: 1, metadata: {}, tool_resources: {} }
      await db.write((tx) => insertThread(tx, { id, project: 'p', body }))
      return id
    },
    message: (threadId: string, id: string) => db.write((tx) => insertMessage(tx, message(threadId, id))),
    /** Inserts a queued run. By default its thread is new. */
    async run(threadId?: string, functions: string[] = []): Promise<RunRecord> {
      const thread = threadId ?? (await fixture.thread())
      const run = newRun(thread, `run_${++count}`)
      for (const name of functions)
        run.request.tools.push({ type: 'function', function: { name, strict: false } })
      await db.write(async (tx) =>
        insertRun(tx, log, { ...run, seq: await nextRunNumber(tx) }, { events: createdEvents(run) }),
      )
      return (await fixture.read(run)) ?? run
    },
    read: (run: RunRecord) => getRun(db, 'p', run.thread_id, run.id),
    events: async (run: RunRecord) => {
      const rows = await db.all<{ seq: number; attempt: number; event: string; data: string }>(
        'select seq, attempt, event, data from run_log where run = ? and seq > 0 order by seq',
        run.seq,
      )
      return rows.flatMap(splitRow)
    },
    async [Symbol.asyncDispose]() {
      await db.close()
      rmSync(folder, { recursive: true, force: true })
      await removeDatabaseOf(folder)
    },
  }
  return fixture
}

export const message = (threadId: string, id: string): Omit<MessageRecord, 'seq'> => ({
  id,
  project: 'p',
  thread_id: threadId,
  run_id: null,
  body: {
    created_at: 1,
    assistant_id: null,
    status: 'completed',
    incomplete_details: null,
    incomplete_at: null,
    completed_at: 1,
    role: 'user',
    content: [],
    attachments: [],
    metadata: {},
  },
})

/** A queued run that nobody has inserted yet. */
export const newRun = (threadId: string, id: string): RunRecord => ({
  seq: 0,
  id,
  project: 'p',
  thread_id: threadId,
  provider: 'p',
  status: 'queued',
  created_at: nowSeconds(),
  expires_at: nowSeconds() + 600,
  cancel_requested: false,
  ends_early: false,
  attempt: 0,
  losses: 0,
  blamed: 0,
  lease_owner: null,
  lease_until: null,
  last_event: 0,
  api: 'assistants',
  previous: null,
  stored: 1,
  copied_from: null,
  api_key: '',
  request: {
    assistant_id: 'asst_1',
    model: 'm',
    instructions: null,
    tools: [],
    tool_resources: {},
    temperature: 1,
    top_p: 1,
    reasoning_effort: null,
    max_completion_tokens: null,
    max_prompt_tokens: null,
    truncation_strategy: { type: 'auto', last_messages: null },
    response_format: 'auto',
    tool_choice: 'auto',
    parallel_tool_calls: true,
    include_content: false,
  },
  state: newRunState({}),
})
