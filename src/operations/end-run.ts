import { endRun } from '../assistants/end-run.ts'
import type { RunRecord, StoredRun } from '../contract/runs.ts'
import type { ResponseRecord } from '../contract/responses/response.ts'
import type { RunEnd } from '../engine/transcript.ts'
import { endResponse } from '../responses/end-response.ts'
import type { Transaction } from '../store/database.ts'
import type { RunLog } from '../store/run-log.ts'

/** Ends a run that nobody works on, as its API does. */
export async function endStoredRun(tx: Transaction, log: RunLog, run: StoredRun, end: RunEnd): Promise<void> {
  if (run.api === 'responses') await endResponse(tx, log, run as ResponseRecord, end)
  else await endRun(tx, log, run as RunRecord, end)
}
