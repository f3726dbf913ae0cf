import type { RunStepRecord } from '../contract/run-steps.ts'
import type { Reader, Transaction } from './database.ts'
import { inList } from './in-list.ts'
import { readPage, type Page, type PageQuery } from './page.ts'

export function insertStep(tx: Transaction, step: Omit<RunStepRecord, 'seq'>): void {
  tx.send(
    'insert into run_steps (id, project, run_id, status, body) values (?, ?, ?, ?, ?)',
    step.id,
    step.project,
    step.run_id,
    step.status,
    JSON.stringify(step.body),
  )
}

export const updateStep = (tx: Transaction, step: Omit<RunStepRecord, 'seq'>) =>
  tx.send(
    'update run_steps set status = ?, body = ? where id = ? and project = ?',
    step.status,
    JSON.stringify(step.body),
    step.id,
    step.project,
  )

export async function getStep(db: Reader, project: string, runId: string, id: string) {
  const row = await db.get<StepRow>(
    'select * from run_steps where id = ? and run_id = ? and project = ?',
    id,
    runId,
    project,
  )
  return row && record(row)
}

export async function listSteps(
  db: Reader,
  project: string,
  runId: string,
  query: PageQuery,
): Promise<Page<RunStepRecord>> {
  const where = {
    sql: 'run_id = ? and project = ?',
    values: [runId, project],
    bytes: 'octet_length(body)',
  }
  const page = await readPage<StepRow>(db, 'run_steps', where, query)
  return { ...page, data: page.data.map(record) }
}

/** All steps of the runs, in order. */
export async function stepsOfRuns(db: Reader, project: string, runIds: string[]): Promise<RunStepRecord[]> {
  if (runIds.length === 0) return []
  const wanted = inList(runIds)
  const rows = await db.all<StepRow>(
    `select * from run_steps where run_id in (${wanted.marks}) and project = ? order by seq`,
    ...wanted.values,
    project,
  )
  return rows.map(record)
}

/** The steps with these ids that exist. */
export const stepsById = (db: Reader, project: string, ids: string[]): Promise<RunStepRecord[]> =>
  stepsBy(db, project, 'id', ids)

/** The steps with these numbers that exist. */
export const stepsByNumber = (db: Reader, project: string, numbers: number[]): Promise<RunStepRecord[]> =>
  stepsBy(db, project, 'seq', numbers)

async function stepsBy(
  db: Reader,
  project: string,
  key: 'id' | 'seq',
  keys: string[] | number[],
): Promise<RunStepRecord[]> {
  if (keys.length === 0) return []
  const wanted = inList(keys)
  const rows = await db.all<StepRow>(
    `select * from run_steps where ${key} in (${wanted.marks}) and project = ?`,
    ...wanted.values,
    project,
  )
  return rows.map(record)
}

/** Tells later runs no more of a call in this thread. The step still shows it. */
export async function leaveOutCall(
  tx: Transaction,
  { id: threadId, project }: { id: string; project: string },
  callId: string,
): Promise<void> {
  const rows = await tx.all<StepRow>(
    `select run_steps.* from run_steps join runs on runs.id = run_id
     where runs.thread_id = ? and run_steps.project = ? and run_steps.status = 'completed' and run_steps.body like ?`,
    threadId,
    project,
    `%${callId}%`,
  )
  for (const step of rows.map(record)) {
    const { step_details: details, deleted_calls = [] } = step.body
    if (details.type !== 'tool_calls' || !details.tool_calls.some(({ id }) => id === callId)) continue
    updateStep(tx, { ...step, body: { ...step.body, deleted_calls: [...deleted_calls, callId] } })
  }
}

/** Whether the code interpreter has finished a cell in this thread before. */
export const hasRunCode = async (db: Reader, threadId: string): Promise<boolean> =>
  (await db.get(
    `select 1 from run_steps join runs on runs.id = run_id
     where runs.thread_id = ? and run_steps.status = 'completed'
     and run_steps.body like '%"type":"code_interpreter"%' limit 1`,
    threadId,
  )) !== undefined

interface StepRow extends Omit<RunStepRecord, 'body'> {
  body: string
}

const record = (row: StepRow): RunStepRecord => ({ ...row, body: JSON.parse(row.body) })
