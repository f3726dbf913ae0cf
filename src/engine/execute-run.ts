import { setTimeout as sleep } from 'node:timers/promises'
import type { RunIncompleteReason, RunUsage } from '../contract/runs.ts'
import { noUsage } from '../contract/usage.ts'
import { lastError, waitsFor } from '../errors/last-error.ts'
import type { ServedModel } from '../models/model.ts'
import type { ToolSet } from '../tools/tool-set.ts'
import { askModel } from './ask-model.ts'
import { compact } from './compact.ts'
import type { Engine } from './engine.ts'
import type { ModelRequest } from './model-request.ts'
import { runCalls } from './run-calls.ts'
import { RunFailure } from './run-failure.ts'
import type { CallsWriter } from './transcript.ts'
import type { RunWork } from './run-work.ts'
import type { OpenSpan } from './timeline.ts'

/** The maximum number of model turns in one run. A model that never stops calling tools is stopped here. */
const maxTurns = 100
/** How many turns after one another may call nothing but tools that there are not. Each is paid for. */
const maxUnknownTurns = 10
/** How often, in milliseconds, the engine asks whether a provider can be reached again. */
const pollIntervalMs = 1_000
/** A shorter preparation of tools is not in the timeline, in milliseconds. */
const worthTellingMs = 50

/**
 * Works on a claimed run until it ends or waits for its caller: a model turn, then its tools, and so on. Throws a
 * RunFailure, an error of the provider, or the reason of the signal.
 */
export async function executeRun(engine: Engine, work: RunWork): Promise<void> {
  const { run, transcript } = work
  // Before the first attempt nothing can have been left open.
  if (run.attempt > 1) {
    await transcript.closeOpen(lastError.stepLost)
  }
  const served = await findModel(engine, work).finally(() => engine.outages.searchEnded(work.run.id))
  const { model, logprobs } = transcript.request
  // Since the request the name may lead to another model.
  if (logprobs !== undefined && !served.logprobs)
    throw new RunFailure('server_error', lastError.noLogprobs(model))
  const tools = await transcript.openTools(served)
  try {
    await takeTurns(engine, work, { served, tools })
  } finally {
    await tools.close()
  }
}

async function takeTurns(
  engine: Engine,
  work: RunWork,
  { served, tools }: { served: ServedModel; tools: ToolSet },
): Promise<void> {
  const { transcript } = work
  const { request } = transcript
  let unknownTurns = 0
  for (;;) {
    const { turns, usage: spent } = transcript.progress
    if (turns >= maxTurns) {
      throw new RunFailure('server_error', lastError.tooManySteps(maxTurns))
    }
    if (await transcript.sayLateText()) continue
    const over = spentBudget(request, spent)
    if (over) return transcript.end({ status: 'incomplete', reason: over })

    work.waitingFor = waitsFor.files
    await getReady(tools, work)
    const approved = await transcript.approvedCalls?.()
    if (approved) {
      work.waitingFor = waitsFor.tools
      if ((await runCalls(approved, noUsage, work)) === 'waiting') return
      continue
    }
    // What the caller has approved was done before, because only this run can do it.
    if (work.endsEarly.aborted) return transcript.end({ status: 'incomplete', reason: 'ended_early' })
    work.waitingFor = waitsFor.answer(served.name)
    const { compaction } = transcript
    if (compaction && (await compaction.isDue())) await compact(engine, work, { served, compaction })
    const turn = await askModel(engine, work, { served, spent, tools, first: turns === 0 })
    work.waitingFor = waitsFor.tools
    if (!turn) return transcript.end({ status: 'incomplete', reason: 'max_prompt_tokens' })
    const { calls, finish, usage } = turn
    // Those before them have used the limit up, so the model is asked without these tools.
    if (finish === 'calls-ignored') continue
    if (finish === 'ended-early')
      return transcript.end({ status: 'incomplete', reason: 'ended_early' }, usage)
    if (finish === 'content-filter')
      return transcript.end({ status: 'incomplete', reason: 'content_filter' }, usage)
    if (finish === 'length' || (!calls && saysTooMuch(request, spent, usage))) {
      return transcript.end({ status: 'incomplete', reason: 'max_completion_tokens' }, usage)
    }
    if (!calls) {
      if (compaction?.isDueAfter(usage)) await compact(engine, work, { served, compaction })
      return transcript.end({ status: 'completed' }, usage)
    }
    if ((await runCalls(calls, usage, work)) === 'waiting') return
    unknownTurns = calls.calls.every(({ isUnknown }) => isUnknown) ? unknownTurns + 1 : 0
    if (unknownTurns === maxUnknownTurns) throw calledUnknown(calls)
  }
}

function calledUnknown(writer: CallsWriter): RunFailure {
  const { name = '' } = writer.describe(writer.calls.length - 1) as { name?: string }
  return new RunFailure('server_error', lastError.tooManyUnknown(maxUnknownTurns, name))
}

/** Nearly always the tools are ready at once, and the timeline tells nothing of it. */
async function getReady(tools: ToolSet, { timeline, signal }: RunWork): Promise<void> {
  const span = timeline.begin('preparation')
  const began = performance.now()
  await tools.ready(signal)
  if (performance.now() - began < worthTellingMs) span.drop()
  else span.end()
}

/** Waits while the provider cannot be reached, because it may still be starting. */
async function findModel({ models, outages }: Engine, work: RunWork): Promise<ServedModel> {
  const name = work.transcript.request.model
  let waiting: OpenSpan | undefined
  for (;;) {
    const served = await models.resolve(name)
    if (served) {
      waiting?.end()
      return served
    }
    const problems = models.problems()
    const reasons = problems.map(({ text }) => text).join('; ')
    if (!problems.some(({ passing }) => passing)) {
      throw new RunFailure('server_error', lastError.modelGone(name, reasons))
    }
    work.waitingFor = waitsFor.model(name, reasons)
    outages.searches(work.run.id, reasons)
    waiting ??= work.timeline.begin('retry', { error: reasons })
    await sleep(pollIntervalMs, undefined, { signal: work.signal }).catch(() => {
      throw work.signal.reason
    })
  }
}

type Budgets = Pick<ModelRequest, 'maxPromptTokens' | 'maxCompletionTokens'>

/** True when the answer is longer than the caller allows, because the provider ignored the limit that it was given. */
const saysTooMuch = ({ maxCompletionTokens: max }: Budgets, spent: RunUsage, turn: RunUsage) =>
  max !== null && spent.completion_tokens + turn.completion_tokens > max

function spentBudget(
  { maxPromptTokens, maxCompletionTokens }: Budgets,
  spent: RunUsage,
): RunIncompleteReason | undefined {
  if (maxCompletionTokens !== null && spent.completion_tokens >= maxCompletionTokens)
    return 'max_completion_tokens'
  if (maxPromptTokens !== null && spent.prompt_tokens >= maxPromptTokens) return 'max_prompt_tokens'
  return undefined
}
