import type { SeenEvent } from './runs.ts'

/**
 * The keys of every event in recorded streams of the original, without `type` and `sequence_number`, which all of them have.
 * Below a key that is followed by braces are those of the object.
 */
const part = 'part{annotations[] logprobs[] text type}'
const inText = 'content_index item_id output_index'
const summary = 'item_id output_index summary_index'
const inItem = 'item_id output_index'
const added = (keys: string) => `item{${keys}} output_index`
const call = 'arguments call_id id name status type'
const message = 'content[] id role status type'
const response = 'response{…}'
const notes = [
  'file_id filename index type',
  'container_id end_index file_id filename start_index type',
  'end_index start_index title type url',
]
const annotated = (of: (annotations: string) => string) =>
  ['[]', ...notes.map((note) => `[{${note}}]`)].map(of).join(' or ')
const program = 'code container_id id outputs status type'
const drawn = 'background id output_format quality result revised_prompt size status type'
const searched = 'id queries[] results status type'
/** Newer recordings have the status, which clients require. */
const called = (error: string) =>
  `approval_request_id arguments ${error} id name output server_label status type`
const worked = (type: string, ...stages: string[]) =>
  Object.fromEntries(stages.map((stage) => [`${type}.${stage}`, inItem]))

export const recordedShapes: Record<string, string> = {
  created: response,
  queued: response,
  in_progress: response,
  completed: response,
  failed: response,
  error: 'error{code message param type}',
  'output_item.added(message)': added(message),
  'content_part.added': `${inText} ${part}`,
  'output_text.delta': `content_index delta item_id logprobs[] output_index`,
  'output_text.done': `content_index item_id logprobs[] output_index text`,
  'content_part.done': annotated((of) => `${inText} part{annotations${of} logprobs[] text type}`),
  'output_item.done(message)': annotated((of) =>
    added(`content[{annotations${of} logprobs[] text type}] id role status type`),
  ),
  'output_text.annotation.added': notes
    .map((note) => `annotation{${note}} annotation_index ${inText}`)
    .join(' or '),
  ...worked('file_search_call', 'in_progress', 'searching', 'completed'),
  'output_item.added(file_search_call)': added(searched),
  'output_item.done(file_search_call)': added(searched),
  ...worked('web_search_call', 'in_progress', 'searching', 'completed'),
  'output_item.added(web_search_call)': added('action{type} id status type'),
  'output_item.done(web_search_call)': added('action{queries[] query type} id status type'),
  // No recording has the keys of pictures: they are those of the description, and those that clients read beside them.
  ...worked('image_generation_call', 'in_progress', 'generating', 'completed'),
  'output_item.added(image_generation_call)': added('id result status type'),
  'image_generation_call.partial_image':
    'background item_id output_format output_index partial_image_b64 partial_image_index quality size',
  'output_item.done(image_generation_call)': added(drawn),
  ...worked('code_interpreter_call', 'in_progress', 'interpreting', 'completed'),
  'output_item.added(code_interpreter_call)': added(program),
  'code_interpreter_call_code.delta': `delta ${inItem}`,
  'code_interpreter_call_code.done': `code ${inItem}`,
  'output_item.done(code_interpreter_call)': added(program),
  'output_item.added(compaction)': added('encrypted_content id type'),
  'output_item.done(compaction)': added('encrypted_content id type'),
  ...worked('mcp_list_tools', 'in_progress', 'completed'),
  'output_item.added(mcp_list_tools)': added('id server_label tools[] type'),
  'output_item.done(mcp_list_tools)': added(
    'id server_label tools[{annotations{read_only} description input_schema{properties{} type} name}] type',
  ),
  ...worked('mcp_call', 'in_progress', 'completed', 'failed'),
  'mcp_call_arguments.delta': `delta ${inItem}`,
  'mcp_call_arguments.done': `arguments ${inItem}`,
  'output_item.added(mcp_call)': added(called('error')),
  'output_item.done(mcp_call)': `${added(called('error'))} or ${added(called('error{content[{text type}] type}'))}`,
  'output_item.added(mcp_approval_request)': added('arguments id name server_label type'),
  'output_item.done(mcp_approval_request)': added('arguments id name server_label type'),
  'output_item.added(function_call)': added(call),
  'function_call_arguments.delta': `delta ${inItem}`,
  // The description of the API requires the name, which no recording has.
  'function_call_arguments.done': `arguments item_id name output_index`,
  'output_item.done(function_call)': added(call),
  'output_item.added(custom_tool_call)': added('call_id id input name status type'),
  'custom_tool_call_input.delta': `delta ${inItem}`,
  'custom_tool_call_input.done': `input ${inItem}`,
  'output_item.done(custom_tool_call)': added('call_id id input name status type'),
  'output_item.added(reasoning)': added('id summary[] type'),
  'reasoning_summary_part.added': `item_id output_index part{text type} summary_index`,
  'reasoning_summary_text.delta': `delta ${summary}`,
  'reasoning_summary_text.done': `${summary} text`,
  'reasoning_summary_part.done': `item_id output_index part{text type} summary_index`,
  'output_item.done(reasoning)': `${added('id summary[] type')} or ${added('id summary[{text type}] type')}`,
}

/**
 * The keys of a recorded response. `conversation` is there only where the response belongs to one. `access_programs` is newer
 * than the recordings: the clients of today require it.
 */
export const recordedResponse = [
  'access_programs background completed_at created_at error frequency_penalty id incomplete_details instructions max_output_tokens',
  'max_tool_calls metadata model object output parallel_tool_calls presence_penalty previous_response_id',
  'prompt_cache_key prompt_cache_retention reasoning safety_identifier service_tier status store temperature text',
  'tool_choice tools top_logprobs top_p truncation usage user',
]
  .join(' ')
  .split(' ')

/** The keys of what a recorded response has used. `cache_write_tokens` is newer than the recordings. */
export const recordedUsage =
  'input_tokens input_tokens_details{cache_write_tokens cached_tokens} output_tokens output_tokens_details{reasoning_tokens} total_tokens'

/** The keys of an event in the form of `recordedShapes`. */
export function shapeOf({ data }: Pick<SeenEvent, 'data'>): string {
  const { type: _type, sequence_number: _number, ...rest } = data as Record<string, unknown>
  return keysOf(rest)
}

function keysOf(object: object): string {
  return Object.entries(object)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, value]) => (key === 'response' ? response : `${key}${below(value)}`))
    .join(' ')
}

function below(value: unknown): string {
  if (Array.isArray(value)) {
    const inner: unknown = value[0]
    return typeof inner === 'object' && inner !== null ? `[{${keysOf(inner)}}]` : '[]'
  }
  return typeof value === 'object' && value !== null ? `{${keysOf(value)}}` : ''
}
