import { isTerminal } from '../contract/run-status.ts'
import { toRunStep, type RunStep, type RunStepRecord } from '../contract/run-steps.ts'
import type { Run } from '../contract/runs.ts'
import { notFound } from '../errors/errors.ts'
import type { PageQuery } from '../store/page.ts'
import { getStep, listSteps } from '../store/run-steps.ts'
import type { Context } from './context.ts'
import { toListPage, type List } from './list.ts'
import { getRun } from './runs.ts'

export interface Include {
  /** Whether the results of file search include the text that was found. */
  includeContent: boolean
}

export async function listRunSteps(
  ctx: Context,
  threadId: string,
  runId: string,
  query: PageQuery,
  include: Include,
): Promise<List<RunStep>> {
  const run = await getRun(ctx, threadId, runId)
  return toListPage(await listSteps(ctx.db, ctx.project, runId, query), (step) => show(step, run, include))
}

export async function getRunStep(
  ctx: Context,
  threadId: string,
  runId: string,
  stepId: string,
  include: Include,
): Promise<RunStep> {
  const run = await getRun(ctx, threadId, runId)
  const step = await getStep(ctx.db, ctx.project, runId, stepId)
  if (!step) throw notFound('run step', stepId)
  return show(step, run, include)
}

/** A step expires together with its run. After the run has ended the field is null (as recorded). */
const show = (step: RunStepRecord, run: Run, include: Include): RunStep => ({
  ...toRunStep(step, include),
  expires_at: isTerminal(run.status) ? null : run.expires_at,
})
