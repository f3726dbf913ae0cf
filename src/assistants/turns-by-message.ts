import type { RunRecord } from '../contract/runs.ts'
import type { RunStepRecord } from '../contract/run-steps.ts'
import type { Tools } from '../tools/tool-set.ts'
import type { StepTurn } from './conversation-parts.ts'
import { callsTurn } from './replayed-calls.ts'

type Step = Omit<RunStepRecord, 'seq'>

/** Finds the finished calls before each message of their run, and the calls after the last message. */
export function turnsByMessage({ tools, run }: { tools: Tools; run: RunRecord }, steps: Step[]) {
  const before = new Map<string, StepTurn[]>()
  const after = new Map<string, StepTurn[]>()
  const afterCalls = new Set<string>()
  for (const { id, run_id, status, body, ...more } of steps) {
    const waiting = after.get(run_id) ?? []
    if (status !== 'completed') continue
    if (body.step_details.type === 'message_creation') {
      const { message_id } = body.step_details.message_creation
      before.set(message_id, waiting)
      if (body.after_calls && waiting.length > 0) afterCalls.add(message_id)
      after.set(run_id, [])
    } else {
      // A step of this run may have no number yet, and one of another run is told shorter by its number.
      const step = 'seq' in more && run_id !== run.id ? Number(more.seq) : id
      const turn = callsTurn(tools, body, run_id === run.id)
      if (turn.calls.length > 0) after.set(run_id, [...waiting, { ...turn, step }])
    }
  }
  return { before, after, afterCalls }
}
