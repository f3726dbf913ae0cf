import { z } from 'zod'
import { nonEmptyText, tooFewItems } from '../limits.ts'
import { object } from '../objects.ts'
import { input, maxInput, strictInput, type InputItem } from './input-items.ts'
import { isCall, type Item } from './items.ts'
import { isFields, missing, notOneOf, readAs, reading, Refused, refuseOthers, wrongType } from './refused.ts'

/** What a caller sends to say something to a response that is being made. */
export const steerType = 'response.steer'

const userParts = ['input_text', 'input_image', 'input_file']

/** A text, or messages of the user and nothing else. */
const steerInput = (items: typeof input) =>
  reading((value): InputItem[] => {
    if (!Array.isArray(value)) {
      if (value === undefined) throw missing([])
      if (typeof value !== 'string') throw wrongType([], 'one of a string or array of user messages', value)
      return readAs(items, readAs(nonEmptyText(maxInput), value, []), [])
    }
    if (value.length === 0) throw new Refused(tooFewItems(1, 0))
    value.forEach(refuseOtherThanUser)
    return readAs(items, value, [])
  })

function refuseOtherThanUser(message: unknown, at: number): void {
  if (!isFields(message)) throw wrongType([at], 'a user message', message)
  const { type, role, content } = message
  if (type !== undefined && type !== null && type !== 'message')
    throw notOneOf([at, 'type'], type, ['message'])
  if (role !== 'user') throw notOneOf([at, 'role'], role, ['user'])
  refuseOthers(message, ['type', 'role', 'content'], [at])
  if (!Array.isArray(content)) return
  for (const [place, part] of content.entries()) {
    const kind: unknown = isFields(part) ? part['type'] : undefined
    if (!userParts.includes(String(kind))) throw notOneOf([at, 'content', place, 'type'], kind, userParts)
  }
}

const steerRequestOf = (items: typeof input) =>
  object({ type: z.literal(steerType), previous_response_id: z.string(), input: steerInput(items) })

export const steerRequest = steerRequestOf(input)
/** The same, which refuses what the original refused of items and this server forgives. */
export const strictSteerRequest = steerRequestOf(strictInput)

/** Why something that was said to a response is not taken. */
export type SteerErrorCode =
  | 'response_not_found'
  | 'invalid_input'
  | 'steering_not_supported'
  | 'too_many_pending_steers'
  | 'response_already_completed'
  | 'response_not_active'
  | 'successor_creation_failed'

interface Steer {
  id: string
  previous_response_id: string
}

/** What the caller has to bring before a response can be gone on with, without the fields that only he can fill. */
export type RequiredInput =
  | { type: 'function_call_output'; call_id: string; name: string }
  | { type: 'custom_tool_call_output'; call_id: string }
  | { type: 'computer_call_output'; call_id: string }
  | { type: 'mcp_approval_response'; approval_request_id: string }

/** What the caller has to answer of the output of a response that is over. A call that was cut off is not answered. */
export const requiredInput = (output: readonly Item[]): RequiredInput[] =>
  output.flatMap((item): RequiredInput[] => {
    if (item.type === 'mcp_approval_request')
      return [{ type: 'mcp_approval_response', approval_request_id: item.id }]
    if (!isCall(item) || item.status === 'incomplete') return []
    const { call_id } = item
    if (item.type === 'computer_call') return [{ type: 'computer_call_output', call_id }]
    return item.type === 'function_call'
      ? [{ type: 'function_call_output', call_id, name: item.name }]
      : [{ type: 'custom_tool_call_output', call_id }]
  })

/** It waits for the response to end. `at` is the number of the event. */
export const steerAccepted = (steer: Steer, at: number): string =>
  JSON.stringify({ type: 'response.steer.accepted', sequence_number: at, steer })

/** The response has ended, and it waits for what the caller has to answer. */
export const steerPending = (steer: Steer, at: number, required: readonly RequiredInput[]): string =>
  JSON.stringify({
    type: 'response.steer.pending',
    sequence_number: at,
    steer,
    reason: 'waiting_for_required_input',
    required_input: required,
  })

/** It was not taken, or is not taken up any more. `input` goes back as it was given. */
export const steerFailed = (
  steer: { id?: string; previous_response_id: unknown; input: unknown },
  at: number,
  { code, message }: { code: SteerErrorCode; message: string },
): string =>
  JSON.stringify({
    type: 'response.steer.failed',
    sequence_number: at,
    steer: { ...steer, previous_response_id: steer.previous_response_id ?? '', input: steer.input ?? [] },
    error: { type: 'invalid_request_error', code, message },
  })
