/**
 * The surface that is to be served, by name: the operations of the official description with their parameters, the
 * fields of their objects (with those that only recordings have) and the events of a stream.
 */
export interface Operation {
  id: string
  method: 'GET' | 'POST' | 'DELETE'
  path: string
  query?: string
  body?: string
}

const page = 'limit order after before'
const run =
  'assistant_id model instructions tools metadata temperature top_p stream max_prompt_tokens max_completion_tokens ' +
  'truncation_strategy tool_choice parallel_tool_calls response_format'
const assistant =
  'model name description instructions reasoning_effort tools tool_resources metadata temperature top_p response_format'
const messages = '/threads/{thread_id}/messages'
const runs = '/threads/{thread_id}/runs'
const stores = '/vector_stores'
const store = '/vector_stores/{vector_store_id}'
const batches = '/vector_stores/{vector_store_id}/file_batches'

export const operations: Operation[] = [
  { id: 'listAssistants', method: 'GET', path: '/assistants', query: page },
  { id: 'createAssistant', method: 'POST', path: '/assistants', body: assistant },
  { id: 'getAssistant', method: 'GET', path: '/assistants/{assistant_id}' },
  { id: 'modifyAssistant', method: 'POST', path: '/assistants/{assistant_id}', body: assistant },
  { id: 'deleteAssistant', method: 'DELETE', path: '/assistants/{assistant_id}' },
  { id: 'createThread', method: 'POST', path: '/threads', body: 'messages tool_resources metadata' },
  { id: 'getThread', method: 'GET', path: '/threads/{thread_id}' },
  { id: 'modifyThread', method: 'POST', path: '/threads/{thread_id}', body: 'tool_resources metadata' },
  { id: 'deleteThread', method: 'DELETE', path: '/threads/{thread_id}' },
  { id: 'listMessages', method: 'GET', path: messages, query: `${page} run_id` },
  { id: 'createMessage', method: 'POST', path: messages, body: 'role content attachments metadata' },
  { id: 'getMessage', method: 'GET', path: `${messages}/{message_id}` },
  { id: 'modifyMessage', method: 'POST', path: `${messages}/{message_id}`, body: 'metadata' },
  { id: 'deleteMessage', method: 'DELETE', path: `${messages}/{message_id}` },
  { id: 'createThreadAndRun', method: 'POST', path: '/threads/runs', body: `${run} thread tool_resources` },
  { id: 'listRuns', method: 'GET', path: runs, query: page },
  {
    id: 'createRun',
    method: 'POST',
    path: runs,
    query: 'include[]',
    body: `${run} reasoning_effort additional_instructions additional_messages`,
  },
  { id: 'getRun', method: 'GET', path: `${runs}/{run_id}` },
  { id: 'modifyRun', method: 'POST', path: `${runs}/{run_id}`, body: 'metadata' },
  { id: 'cancelRun', method: 'POST', path: `${runs}/{run_id}/cancel` },
  {
    id: 'submitToolOuputsToRun',
    method: 'POST',
    path: `${runs}/{run_id}/submit_tool_outputs`,
    body: 'tool_outputs stream',
  },
  { id: 'listRunSteps', method: 'GET', path: `${runs}/{run_id}/steps`, query: `${page} include[]` },
  { id: 'getRunStep', method: 'GET', path: `${runs}/{run_id}/steps/{step_id}`, query: 'include[]' },
  { id: 'listFiles', method: 'GET', path: '/files', query: 'purpose limit order after' },
  { id: 'createFile', method: 'POST', path: '/files', body: 'file purpose expires_after' },
  { id: 'retrieveFile', method: 'GET', path: '/files/{file_id}' },
  { id: 'deleteFile', method: 'DELETE', path: '/files/{file_id}' },
  { id: 'downloadFile', method: 'GET', path: '/files/{file_id}/content' },
  {
    id: 'createUpload',
    method: 'POST',
    path: '/uploads',
    body: 'filename purpose bytes mime_type expires_after',
  },
  { id: 'addUploadPart', method: 'POST', path: '/uploads/{upload_id}/parts', body: 'data' },
  { id: 'completeUpload', method: 'POST', path: '/uploads/{upload_id}/complete', body: 'part_ids md5' },
  { id: 'cancelUpload', method: 'POST', path: '/uploads/{upload_id}/cancel' },
  { id: 'listModels', method: 'GET', path: '/models' },
  { id: 'retrieveModel', method: 'GET', path: '/models/{model}' },
  { id: 'deleteModel', method: 'DELETE', path: '/models/{model}' },
  { id: 'listVectorStores', method: 'GET', path: stores, query: page },
  {
    id: 'createVectorStore',
    method: 'POST',
    path: stores,
    body: 'file_ids name description expires_after chunking_strategy metadata',
  },
  { id: 'getVectorStore', method: 'GET', path: store },
  { id: 'modifyVectorStore', method: 'POST', path: store, body: 'name expires_after metadata' },
  { id: 'deleteVectorStore', method: 'DELETE', path: store },
  {
    id: 'searchVectorStore',
    method: 'POST',
    path: `${store}/search`,
    body: 'query rewrite_query max_num_results filters ranking_options',
  },
  { id: 'listVectorStoreFiles', method: 'GET', path: `${store}/files`, query: `${page} filter` },
  {
    id: 'createVectorStoreFile',
    method: 'POST',
    path: `${store}/files`,
    body: 'file_id chunking_strategy attributes',
  },
  { id: 'getVectorStoreFile', method: 'GET', path: `${store}/files/{file_id}` },
  {
    id: 'updateVectorStoreFileAttributes',
    method: 'POST',
    path: `${store}/files/{file_id}`,
    body: 'attributes',
  },
  { id: 'deleteVectorStoreFile', method: 'DELETE', path: `${store}/files/{file_id}` },
  { id: 'retrieveVectorStoreFileContent', method: 'GET', path: `${store}/files/{file_id}/content` },
  {
    id: 'createVectorStoreFileBatch',
    method: 'POST',
    path: batches,
    body: 'file_ids files chunking_strategy attributes',
  },
  { id: 'getVectorStoreFileBatch', method: 'GET', path: `${batches}/{batch_id}` },
  { id: 'cancelVectorStoreFileBatch', method: 'POST', path: `${batches}/{batch_id}/cancel` },
  {
    id: 'listFilesInVectorStoreBatch',
    method: 'GET',
    path: `${batches}/{batch_id}/files`,
    query: `${page} filter`,
  },
]

export const objects: Record<string, string> = {
  assistant:
    'id object created_at name description model instructions tools top_p temperature reasoning_effort tool_resources metadata response_format',
  thread: 'id object created_at metadata tool_resources',
  'thread.message':
    'id object created_at assistant_id thread_id run_id status incomplete_details incomplete_at completed_at role content attachments metadata',
  'thread.run':
    'id object created_at assistant_id thread_id status started_at expires_at cancelled_at failed_at completed_at required_action last_error model instructions tools tool_resources metadata temperature top_p reasoning_effort max_completion_tokens max_prompt_tokens truncation_strategy incomplete_details usage response_format tool_choice parallel_tool_calls',
  'thread.run.step':
    'id object created_at run_id assistant_id thread_id type status cancelled_at completed_at expires_at expired_at failed_at last_error step_details usage metadata',
  file: 'object id purpose filename bytes created_at expires_at status status_details',
  upload: 'id object bytes created_at filename purpose status expires_at file',
  'upload.part': 'id object created_at upload_id',
  model: 'id object created owned_by shutdown_date',
}

export const events = [
  'thread.created',
  ...['created', 'queued', 'in_progress', 'requires_action', 'completed', 'incomplete'].map(
    (status) => `thread.run.${status}`,
  ),
  ...['failed', 'cancelling', 'cancelled', 'expired'].map((status) => `thread.run.${status}`),
  ...['created', 'in_progress', 'delta', 'completed', 'failed', 'cancelled', 'expired'].map(
    (status) => `thread.run.step.${status}`,
  ),
  ...['created', 'in_progress', 'delta', 'completed', 'incomplete'].map(
    (status) => `thread.message.${status}`,
  ),
  'error',
  'done',
]
