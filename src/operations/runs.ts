import { isTerminal } from '../contract/run-status.ts'
import { type ModifyRunRequest } from '../contract/run-input.ts'
import { toRun, type Run, type RunRecord } from '../contract/runs.ts'
import { cannotChangeRun, notFound } from '../errors/errors.ts'
import type { Reader } from '../store/database.ts'
import type { PageQuery } from '../store/page.ts'
import { laneOfRun } from '../store/run-lane.ts'
import { listAllRuns as listRows, type RunFilter } from '../store/list-runs.ts'
import { replaceMetadata, runMetadata } from '../store/metadata.ts'
import { runLimitOf } from '../store/run-places.ts'
import * as rows from '../store/runs.ts'
import { hasThread } from '../store/threads.ts'
import type { Context } from './context.ts'
import { toListPage, type List } from './list.ts'

export async function listRuns(ctx: Context, threadId: string, query: PageQuery): Promise<List<Run>> {
  if (!(await hasThread(ctx.db, ctx.project, threadId))) throw notFound('thread', threadId)
  return toListPage(await rows.listRuns(ctx.db, ctx.project, threadId, query), (record) => show(ctx, record))
}

/** Lists the runs of all threads. The original listed those of one thread only. */
export async function listAllRuns(ctx: Context, query: PageQuery & RunFilter): Promise<List<Run>> {
  return toListPage(await listRows(ctx.db, ctx.project, query), (record) => show(ctx, record))
}

/** For callers that know the run, but not its thread. */
export async function getRunById(ctx: Context, runId: string): Promise<Run> {
  const run = await rows.runById(ctx.db, ctx.project, runId)
  if (!run || !(await hasThread(ctx.db, ctx.project, run.thread_id))) throw notFound('run', runId)
  return show(ctx, run)
}

export async function getRun(ctx: Context, threadId: string, runId: string): Promise<Run> {
  return show(ctx, await findRun(ctx.db, ctx.project, threadId, runId))
}

/** A run that waits for a place, for a limit, or for a provider that cannot be reached, says so. */
function show(ctx: Context, record: RunRecord): Run {
  const run = toRun(record)
  const unreached = run.status === 'in_progress' ? ctx.outages.reasonFor(record) : undefined
  if (unreached !== undefined) {
    const details = { type: 'in_progress', reason: 'provider_unreachable', message: unreached } as const
    return { ...run, status_details: details }
  }
  const limited = run.status === 'in_progress' ? ctx.allowances.reasonFor(record.id) : undefined
  if (limited !== undefined) {
    const details = { type: 'in_progress', reason: 'rate_limit', message: limited } as const
    return { ...run, status_details: details }
  }
  const full = record.status === 'queued' ? ctx.places.fullFor(laneOfRun(record)) : undefined
  if (!full) return run
  const most = runLimitOf(ctx.admission.limits(), { project: record.project, apiKey: record.api_key })
  if (full === 'its places' && most < Infinity) {
    const message = `The run waits for a place: its project or key may have ${most} in progress at a time.`
    return { ...run, status_details: { type: 'queued', reason: 'project_busy', message } }
  }
  const reason = full === 'its places' ? 'provider_busy' : 'server_busy'
  const whose = full === 'its places' ? `for runs on the provider '${record.provider}'` : 'for runs'
  const message = `The run waits for a place: all places ${whose} are taken.`
  return { ...run, status_details: { type: 'queued', reason, message } }
}

export async function modifyRun(
  ctx: Context,
  threadId: string,
  runId: string,
  input: ModifyRunRequest,
): Promise<Run> {
  return ctx.db.write(async (tx) => {
    await tx.lockOwn(ctx.project, 'runs', runId)
    const run = await findRun(tx, ctx.project, threadId, runId)
    if (!isTerminal(run.status)) throw cannotChangeRun('update', toRun(run).status)
    if (input.metadata === undefined) return toRun(run)
    const { metadata, first_metadata = metadata } = run.state
    const state = { metadata: input.metadata ?? {}, first_metadata }
    replaceMetadata(tx, runMetadata, { seq: run.seq, body: state })
    return toRun(await rows.writeRun(tx, ctx.log, run, { state }))
  })
}

/** Answers 404 for the thread when the thread does not exist. */
export async function findRun(
  db: Reader,
  project: string,
  threadId: string,
  runId: string,
): Promise<RunRecord> {
  if (!(await hasThread(db, project, threadId))) throw notFound('thread', threadId)
  const run = await rows.getRun(db, project, threadId, runId)
  if (run) return run
  throw notFound('run', runId)
}
