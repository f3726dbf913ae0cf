import { nowSeconds } from '../common/clock.ts'
import type { HiddenOfStep, RunStepRecord, ToolCall } from '../contract/run-steps.ts'
import type { RequiredFunctionCall, RunRecord, RunUsage } from '../contract/runs.ts'
import { noUsage } from '../contract/usage.ts'
import type { Recorder } from '../engine/recorder.ts'
import type { CallsWriter } from '../engine/transcript.ts'
import { newCallId, newStepId } from '../common/ids.ts'
import type { Transaction } from '../store/database.ts'
import { insertStep, updateStep } from '../store/run-steps.ts'
import type { Call, Delta } from '../tools/tool.ts'
import type { ToolSet } from '../tools/tool-set.ts'
import { countTurn } from '../store/usage/count-usage.ts'
import type { EventName } from './event-names.ts'
import type { AssistantsEvent } from './events.ts'
import { lateMessage } from './late-message.ts'
import { growContent } from './message-content.ts'
import { newStep } from './new-step.ts'

type Step = Omit<RunStepRecord, 'seq'>
type ProviderState = NonNullable<HiddenOfStep['replay']>

/** The step that contains all tool calls of one model turn. */
export interface CallsStep extends CallsWriter {
  readonly step: Step
  /** `approval` is as in `RunTool.begin`. */
  begin(name: string, approval?: string): number
  /** Sets what the model turn has cost, as soon as that is known. */
  spent(usage: RunUsage): void
  /** Writes the step as it is now, in the transaction that ends the run. */
  saveIn(tx: Transaction): Promise<void>
}

/** `ended` is called with the finished steps when all calls have ended. */
export function openCallsStep(
  recorder: Recorder<RunRecord>,
  tools: ToolSet,
  ended: (steps: Step[]) => void,
): CallsStep {
  const { run } = recorder
  const { include_content: includeContent } = run.request
  /** `type` is that of the tool, and `shownType` the one under which clients are shown the call. */
  const open: { id: string; name: string; type: string; shownType: string; call: Call }[] = []
  const shown: ToolCall[] = []
  const toolResults: Record<string, string> = {}
  const toolArguments: Record<string, string> = {}
  const providerState: ProviderState = { reasoning: [], calls: {} }
  const waiting: RequiredFunctionCall[] = []
  let cost: RunUsage | undefined
  const step: Step = newStep(run, newStepId(), nowSeconds(), { type: 'tool_calls', tool_calls: shown })
  const opening: AssistantsEvent[] = [
    { event: 'thread.run.step.created', step, includeContent },
    { event: 'thread.run.step.in_progress', step, includeContent },
  ]
  const begun = structuredClone(step)
  let inserted: 'begun' | 'grown' | undefined
  const opened = recorder.open({
    events: opening,
    rows(tx, as) {
      inserted = as
      insertStep(tx, as === 'begun' ? begun : current())
    },
  })
  Object.assign(step.body, { told: toolResults, asked: toolArguments, replay: providerState })
  const late = growContent([], tools.sources, () => {})

  function current(): Step {
    late.flush()
    if (late.parts().length > 0) step.body.late = late.parts()
    if (cost) step.body.turn_usage = cost
    return step
  }

  async function saveIn(tx: Transaction): Promise<void> {
    // Otherwise this transaction inserts it as it is now.
    if (opened.isOnDisk || inserted === 'begun') updateStep(tx, current())
  }

  /**
   * The id and the name of a call are sent only once, because clients concatenate the strings of deltas (as recorded).
   */
  function show(place: number, delta: Delta | undefined): void {
    const type = open[place]?.shownType
    if (type === undefined || delta === undefined) return
    send({ index: place, type, [type]: delta })
  }
  const send = (call: object) =>
    recorder.delta(
      'thread.run.step.delta' satisfies EventName,
      {
        id: step.id,
        object: 'thread.run.step.delta',
        delta: { step_details: { type: 'tool_calls', tool_calls: [call] } },
      },
      step.id,
    )

  async function complete(usage: RunUsage): Promise<void> {
    late.flush()
    const { late: _unsaid, ...rest } = step.body
    const done: Step = {
      ...step,
      status: 'completed',
      body: { ...rest, completed_at: nowSeconds(), usage },
    }
    const said = late.parts().length > 0 ? lateMessage(run, late.parts(), true) : undefined
    const over: AssistantsEvent = { event: 'thread.run.step.completed', step: done, includeContent }
    const { counted, count } = countTurn(recorder.run, usage)
    await recorder.write({
      events: [over, ...(said?.events ?? [])],
      gotOn: true,
      state: { counted },
      rows(tx) {
        count(tx)
        updateStep(tx, done)
        said?.rows(tx)
      },
    })
    ended(said ? [done, said.step] : [done])
  }

  return {
    id: step.id,
    step,
    late,
    saveIn,
    complete,
    show,
    get calls() {
      return open.map(({ call }) => call)
    },
    begin(name, approval) {
      const id = newCallId()
      const { type, call } = tools.begin(name, approval)
      const shownType = call.asFunction ? 'function' : type
      const shownCall = { id, type: shownType, [shownType]: call.asFunction ?? call.details }
      open.push({ id, name, type, shownType, call })
      shown.push(shownCall as unknown as ToolCall)
      send({ index: open.length - 1, ...shownCall })
      return open.length - 1
    },
    describe(place) {
      const { id: call_id, type: tool, name } = open[place] ?? {}
      return { step_id: step.id, call_id, tool, name }
    },
    argue: (place, piece) => show(place, open[place]?.call.argue(piece)),
    settle(place, argumentsText) {
      const one = open[place]
      if (!one) return
      show(place, one.call.settle(argumentsText))
      if (one.call.toolArguments !== undefined) toolArguments[one.id] = one.call.toolArguments
    },
    mark(place, metadata) {
      const one = open[place]
      if (one) providerState.calls[one.id] = metadata
    },
    reasoned(reasoning) {
      providerState.reasoning = reasoning
    },
    started() {
      // A step shows a call from its beginning to its end as in progress.
    },
    settled(place, outcome) {
      const one = open[place]
      if (!one) return
      if ('toolResult' in outcome) toolResults[one.id] = outcome.toolResult
      else waiting.push({ id: one.id, type: one.shownType, [one.shownType]: outcome.waitsFor } as never)
      if ('approval' in outcome) step.body.approvals = { ...step.body.approvals, [one.id]: one.name }
    },
    spent(usage) {
      cost = usage
    },
    async save(usage, until) {
      cost = usage
      // This happens before the calls run, because the text cannot refer to files that they write.
      late.flush()
      if (until === 'on disk') await recorder.write({ rows: saveIn })
      recorder.soon(saveIn)
    },
    wait() {
      const { counted, count } = countTurn(recorder.run, cost ?? noUsage)
      return recorder.write({
        moves: ['requires_action'],
        state: {
          required_action: { type: 'submit_tool_outputs', submit_tool_outputs: { tool_calls: waiting } },
          counted,
        },
        rows(tx) {
          count(tx)
          return saveIn(tx)
        },
      })
    },
  }
}
