import type { RunStepRecord, StepDetails } from '../contract/run-steps.ts'
import type { RunRecord } from '../contract/runs.ts'

/** A new step in progress. `at` is in Unix seconds. */
export const newStep = (
  run: RunRecord,
  id: string,
  at: number,
  details: StepDetails,
): Omit<RunStepRecord, 'seq'> => ({
  id,
  project: run.project,
  run_id: run.id,
  status: 'in_progress',
  body: {
    created_at: at,
    assistant_id: run.request.assistant_id,
    thread_id: run.thread_id,
    type: details.type,
    cancelled_at: null,
    completed_at: null,
    expires_at: run.expires_at,
    expired_at: null,
    failed_at: null,
    last_error: null,
    step_details: details,
    usage: null,
    metadata: {},
  },
})
