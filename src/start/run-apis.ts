import { assistantsEvents } from '../assistants/events.ts'
import { observedRun as observedAssistantsRun } from '../assistants/observed-run.ts'
import type { ResponseRecord } from '../contract/responses/response.ts'
import type { RunRecord, StoredRun } from '../contract/runs.ts'
import { responsesEvents } from '../responses/events.ts'
import { observedResponse } from '../responses/observed-response.ts'
import type { ShapesByApi } from '../store/run-log.ts'
import type { ObservedRun } from '../telemetry/observer.ts'

/** How the events of each API are stored and shown. */
export const runEvents: ShapesByApi = { assistants: assistantsEvents, responses: responsesEvents }

/** What whoever observes the server is told of a run of any API. */
export const observedRun = (run: StoredRun): ObservedRun =>
  run.api === 'responses' ? observedResponse(run as ResponseRecord) : observedAssistantsRun(run as RunRecord)
