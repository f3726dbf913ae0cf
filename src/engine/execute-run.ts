import { setTimeout as sleep } from 'node:timers/promises'
import type { RunRequest, RunUsage } from '../contract/runs.ts'
import type { RunStepRecord } from '../contract/run-steps.ts'
import { sumUsage } from '../contract/usage.ts'
import type { ServedModel } from '../models/model.ts'
import { lateMessage } from '../store/late-message.ts'
import { stepsOfRuns, updateStep } from '../store/run-steps.ts'
import { abandonOpenStep } from './abandon.ts'
import { answerOf, askModel } from './ask-model.ts'
import type { Engine } from './engine.ts'
import { waitForThreadFiles } from './pending-files.ts'
import type { Recorder } from './recorder.ts'
import { RunFailure } from './run-failure.ts'
import { readRunSources } from './run-sources.ts'
import { runTools } from './tool-calls.ts'
import type { OpenStep, TurnResult } from './turn.ts'

/** Model turns of one run; a model that calls tools for ever is stopped here. */
const mostTurns = 100
/** How often a provider that cannot be reached is tried while a run waits for it, in milliseconds. */
const lookAgain = 1_000

/** What is going on in a run, for whoever has to end it. */
export interface OpenWork {
  step: OpenStep
  /** In words that go on after "before": `the model 'x' had answered`. */
  waitingFor?: string | undefined
}

/**
 * Works a claimed run to its end, or to the caller's functions: a model turn, its tools, again. Throws a RunFailure,
 * a provider's error or the signal's reason; `open` then holds what was going on.
 */
export async function executeRun(
  engine: Engine,
  recorder: Recorder,
  signal: AbortSignal,
  open: OpenWork,
): Promise<void> {
  // Nothing was begun before the first attempt.
  if (recorder.run.attempt > 1) {
    await abandonOpenStep(
      engine.db,
      recorder,
      'The worker of this step was lost; the run went on from the step before.',
    )
  }
  const { request } = recorder.run
  const served = await findModel(engine, request.model, signal, open)
  open.waitingFor = 'the files of its thread were ready'
  await waitForThreadFiles(engine, recorder.run, signal)
  for (;;) {
    const steps = await stepsOfRuns(engine.db, recorder.run.project, [recorder.run.id])
    const done = steps.filter((step) => step.status === 'completed')
    if (done.length >= mostTurns) {
      throw new RunFailure(
        'server_error',
        `The run was stopped: it had taken ${mostTurns} steps without an end.`,
      )
    }
    const last = done.at(-1)
    if (last?.body.late) {
      await sayLate(recorder, last)
      continue
    }
    const sources = await readRunSources(engine, recorder.run, steps)
    const spent = sumUsage(steps.map((step) => step.body.usage))
    const over = overBudget(request, spent)
    if (over) return recorder.end({ status: 'incomplete', reason: over })

    open.waitingFor = answerOf(served)
    const first = done.length === 0
    const turn = await askModel(engine, recorder, { served, spent, sources, first, signal, open })
    open.waitingFor = 'its tools had ended'
    if (!turn) return recorder.end({ status: 'incomplete', reason: 'max_prompt_tokens' })
    if (turn.finish === 'content-filter') return endEarly(recorder, turn, 'content_filter')
    if (turn.finish === 'length' || (!turn.tools && saysTooMuch(request, spent, turn.usage))) {
      return endEarly(recorder, turn, 'max_completion_tokens')
    }
    if (!turn.tools) {
      return recorder.end({ status: 'completed' }, turn.message?.completion(turn.usage))
    }
    const { contextWindow } = served
    open.step = { tools: turn.tools, usage: turn.usage }
    if ((await runTools(engine, recorder, turn, sources, { contextWindow, signal })) === 'waiting') return
    open.step = {}
  }
}

/** Waits for a provider that cannot be reached: it may still be starting. */
async function findModel(
  engine: Engine,
  name: string,
  signal: AbortSignal,
  open: OpenWork,
): Promise<ServedModel> {
  for (;;) {
    const served = await engine.models.resolve(name)
    if (served) return served
    const problems = engine.models.problems()
    const reasons = problems.map(({ text }) => text).join('; ')
    if (!problems.some(({ passing }) => passing)) {
      const because = reasons && ` (${reasons})`
      throw new RunFailure('server_error', `The model '${name}' is not served here any more${because}.`)
    }
    open.waitingFor = `the model '${name}' was found: ${reasons}`
    await sleep(lookAgain, undefined, { signal }).catch(() => {
      throw signal.reason
    })
  }
}

/** Says what the model said after calls for whose outputs the run has waited. */
async function sayLate(recorder: Recorder, step: RunStepRecord): Promise<void> {
  const { late = [], ...body } = step.body
  const said = lateMessage(recorder.run, late, true)
  await recorder.write({
    events: said.events,
    async rows(tx) {
      await updateStep(tx, { ...step, body })
      await said.rows(tx)
    },
  })
}

/** The answer broke off: what there is stays, and the run is incomplete. */
async function endEarly(
  recorder: Recorder,
  turn: TurnResult,
  reason: 'max_completion_tokens' | 'content_filter',
): Promise<void> {
  turn.message?.flush()
  await recorder.end(
    { status: 'incomplete', reason },
    {
      async rows(tx) {
        await turn.message?.save(tx, turn.usage)
        await turn.tools?.saveIn(tx, turn.usage)
      },
    },
  )
}

type Budgets = Pick<RunRequest, 'max_prompt_tokens' | 'max_completion_tokens'>

/** Whether a provider that does not heed its limit has said more than the caller pays for. */
const saysTooMuch = ({ max_completion_tokens: most }: Budgets, spent: RunUsage, turn: RunUsage) =>
  most !== null && spent.completion_tokens + turn.completion_tokens > most

function overBudget(
  { max_prompt_tokens, max_completion_tokens }: Budgets,
  spent: RunUsage,
): 'max_prompt_tokens' | 'max_completion_tokens' | undefined {
  if (max_completion_tokens !== null && spent.completion_tokens >= max_completion_tokens)
    return 'max_completion_tokens'
  if (max_prompt_tokens !== null && spent.prompt_tokens >= max_prompt_tokens) return 'max_prompt_tokens'
  return undefined
}
