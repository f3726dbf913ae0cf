import type { AssistantsEvent } from '../assistants/events.ts'
import { nowSeconds } from '../common/clock.ts'
import { type SubmitToolOutputsRequest } from '../contract/run-input.ts'
import { toRun } from '../contract/runs.ts'
import { noUsage } from '../contract/usage.ts'
import { takesNoToolOutputs, wrongToolOutputs } from '../errors/errors.ts'
import { stepsOfRuns, updateStep } from '../store/run-steps.ts'
import { writeRun } from '../store/runs.ts'
import { runQueued } from '../store/signals.ts'
import type { Context } from './context.ts'
import type { StartedRun } from './create-run.ts'
import { findRun } from './runs.ts'
import { sessionServerOf } from '../store/threads.ts'

export async function submitToolOutputs(
  ctx: Context,
  threadId: string,
  runId: string,
  input: SubmitToolOutputsRequest,
): Promise<StartedRun> {
  const live = input.stream ? ctx.log.attach(runId) : undefined
  return ctx.db
    .write(async (tx) => {
      await tx.lockOwn(ctx.project, 'runs', runId)
      const run = await findRun(tx, ctx.project, threadId, runId)
      const { status } = toRun(run)
      if (status !== 'requires_action') throw takesNoToolOutputs(status)
      const from = { attempt: run.attempt, seq: run.last_event }
      const step = (await stepsOfRuns(tx, ctx.project, [runId])).find((one) => one.status === 'in_progress')
      if (step?.body.step_details.type !== 'tool_calls') throw new Error(`run ${runId} waits without a step`)
      const expected = run.state.required_action?.submit_tool_outputs.tool_calls.map((call) => call.id) ?? []
      const outputs = new Map(input.tool_outputs.map((one) => [one.tool_call_id, one.output]))
      if (outputs.size !== input.tool_outputs.length || !sameIds(expected, [...outputs.keys()])) {
        const got = input.tool_outputs.map((one) => one.tool_call_id)
        throw wrongToolOutputs(expected, got)
      }
      for (const call of step.body.step_details.tool_calls) {
        if (call.type === 'function') call.function.output = outputs.get(call.id) ?? call.function.output
      }
      step.status = 'completed'
      step.body.completed_at = nowSeconds()
      step.body.usage = step.body.turn_usage ?? noUsage
      updateStep(tx, step)
      const includeContent = run.request.include_content
      const completed: AssistantsEvent = { event: 'thread.run.step.completed', step, includeContent }
      const next = await writeRun(tx, ctx.log, run, {
        events: [completed],
        moves: ['queued'],
        state: { required_action: null },
      })
      tx.raise(runQueued, await sessionServerOf(tx, ctx.project, threadId))
      return { run: toRun(next), from, live, begunHere: false }
    })
    .catch((error) => {
      live?.[Symbol.dispose]()
      throw error
    })
}

const sameIds = (a: string[], b: string[]) => a.length === b.length && a.every((id) => b.includes(id))
