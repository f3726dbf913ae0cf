import { toMessage, type MessageRecord } from '../contract/messages.ts'
import type { Kept } from '../contract/run-events.ts'
import { isTerminal, type RunStatus } from '../contract/run-status.ts'
import { toRunStep, type RunStepRecord } from '../contract/run-steps.ts'
import { newRunState, toRun, type RunRecord, type RunState } from '../contract/runs.ts'
import { webhookEventTypes, type WebhookEvent } from '../contract/webhooks.ts'
import type { EventShapes } from '../store/run-log.ts'
import type { EventName } from './event-names.ts'

/**
 * An event with the row that it describes, as that row is at this moment. An event that describes no row has its whole
 * `data` instead.
 */
export type AssistantsEvent = { event: EventName } & Subject

type Step = Omit<RunStepRecord, 'seq'>
type StoredMessage = Omit<MessageRecord, 'seq'>
type Subject =
  | { run: RunRecord }
  | { step: Step; includeContent: boolean }
  | { message: StoredMessage }
  | { data: unknown }

/** The rows that the events describe, as they are now. */
export interface EventRows {
  run: RunRecord
  steps: Map<string, Step>
  messages: Map<string, StoredMessage>
}

/** The data of an event as a stream shows it: compact JSON. */
function showEvent(given: AssistantsEvent): string {
  if ('run' in given) return JSON.stringify(toRun(given.run, 'event'))
  if ('step' in given) return JSON.stringify(toRunStep(given.step, { includeContent: given.includeContent }))
  if ('message' in given) return JSON.stringify(toMessage(given.message))
  return JSON.stringify(given.data)
}

/**
 * Reduces an event to what `recallEvent` needs to show it again, byte for byte. An object in progress is still empty,
 * and what an object has at its end never changes, so neither is stored in the log.
 */
function keepEvent(given: AssistantsEvent): Kept {
  if ('run' in given) {
    const { status, state } = given.run
    if (status !== statusOf(given.event)) return whole(given)
    const {
      metadata,
      first_metadata,
      model_requests: _requests,
      refused_usage: _refused,
      counted: _counted,
      ...others
    } = state
    return { subject: 'run', data: withoutNulls({ ...others, ...(first_metadata && { metadata }) }) }
  }
  if ('step' in given) {
    const { id, status, body } = given.step
    if (status !== statusOf(given.event) || (status === 'in_progress' && !isEmptyStep(body))) {
      return whole(given)
    }
    const { cancelled_at, completed_at, expired_at, failed_at, last_error, usage } = body
    const data = withoutNulls({ cancelled_at, completed_at, expired_at, failed_at, last_error, usage })
    return { subject: id, data }
  }
  if ('message' in given) {
    const { id, body } = given.message
    const { status, incomplete_details, incomplete_at, completed_at, metadata } = body
    if (status !== statusOf(given.event) || (status === 'in_progress' && body.content.length > 0)) {
      return whole(given)
    }
    const own = Object.keys(metadata).length > 0 ? metadata : null
    return {
      subject: id,
      data: withoutNulls({ incomplete_details, incomplete_at, completed_at, metadata: own }),
    }
  }
  return whole(given)
}

const whole = (given: AssistantsEvent): Kept => ({ subject: null, data: showEvent(given) })

/** Restores the data of a stored event as it was shown. Undefined when its row does not exist any more. */
export function recallEvent(
  event: EventName,
  kept: Kept,
  { run, steps, messages }: EventRows,
): string | undefined {
  if (kept.subject === null) return kept.data
  const then = JSON.parse(kept.data)
  const status = statusOf(event)
  if (kept.subject === 'run') {
    const metadata = run.state.first_metadata ?? run.state.metadata
    const state: RunState = { ...newRunState(metadata), ...then }
    return showEvent({
      event,
      run: { ...run, status: status as RunStatus, cancel_requested: false, state },
    })
  }
  const step = steps.get(kept.subject)
  if (step) {
    const { step_details: details } = step.body
    const begun = status === 'in_progress' && details.type === 'tool_calls'
    const step_details = begun ? { ...details, tool_calls: [] } : details
    const body = { ...step.body, ...nothingYetOfStep, ...then, step_details }
    return showEvent({
      event,
      step: { ...step, status: status as Step['status'], body },
      includeContent: run.request.include_content,
    })
  }
  const message = messages.get(kept.subject)
  if (!message) return undefined
  const content = status === 'in_progress' ? [] : message.body.content
  const body = { ...message.body, ...nothingYetOfMessage, status, ...then, content }
  return showEvent({ event, message: { ...message, body } })
}

/** What tells of a new run. */
export const createdEvents = (run: RunRecord): AssistantsEvent[] => [
  { event: 'thread.run.created', run },
  { event: 'thread.run.queued', run },
]

/** The event for the status that the run has now. */
const movedEvent = (run: RunRecord): AssistantsEvent => ({ event: `thread.run.${run.status}`, run })

/** An id of a run is looked up below its thread, so webhooks name both. */
function webhookOfRun({ id, thread_id, status }: RunRecord): WebhookEvent | undefined {
  const type = webhookEventTypes.find((one) => one === `thread.run.${status}`)
  return type && { type, data: { id, thread_id } }
}

/** How events of the Assistants API are stored in the log and shown to readers. */
export const assistantsEvents: EventShapes = {
  keep: keepEvent,
  show: showEvent,
  moved: movedEvent,
  webhook: webhookOfRun,
  showsEarly: () => true,
}

const runEvent = 'thread.run.'

/** The status in a `thread.run.<status>` event. Undefined for steps, messages and deltas. */
function announced(event: string): RunStatus | undefined {
  const rest = event.startsWith(runEvent) ? event.slice(runEvent.length) : ''
  return rest === '' || rest === 'created' || rest.includes('.') ? undefined : (rest as RunStatus)
}

/** Whether the event of this name is the last one of its run. */
export function endsRun(event: string): boolean {
  const status = announced(event)
  return status !== undefined && isTerminal(status)
}

/**
 * A stream that was requested with `stream: true` ends after this event, because the run is over or waits for its
 * caller.
 */
export const pausesRun = (event: string) => event === 'thread.run.requires_action' || endsRun(event)

const nothingYetOfStep = {
  cancelled_at: null,
  completed_at: null,
  expired_at: null,
  failed_at: null,
  last_error: null,
  usage: null,
}
const nothingYetOfMessage = {
  incomplete_details: null,
  incomplete_at: null,
  completed_at: null,
  metadata: {},
}

const isEmptyStep = ({ step_details: details }: Step['body']) =>
  details.type === 'message_creation' || details.tool_calls.length === 0

/** The status of an object when the event happens. It is the last word of the event's name, except for `created`. */
function statusOf(event: string): string {
  const word = event.slice(event.lastIndexOf('.') + 1)
  if (word !== 'created') return word
  return event === 'thread.run.created' ? 'queued' : 'in_progress'
}

const withoutNulls = (fields: object) =>
  JSON.stringify(Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)))
