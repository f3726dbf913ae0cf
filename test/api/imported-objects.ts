/** Objects as the original API answered them, for the tests of `threadmill import`. */
import { startTestServer } from '../server.ts'

export const assistantId = 'asst_qQvNSM3qEfhTQNJeS9JRyV5n'

export const threadId = 'thread_abcDEFghiJKLmnoPQRstuVWX'

export const fileId = 'file-CyHtsk7XAWdRabQUBYRjCu'

export const storeId = 'vs_68c9ee1ddce08191ab35289e906cdb6d'

export const signs = (number: number) => String(number).padStart(24, 'm')

export const messageId = (number: number) => `msg_${signs(number)}`

export const assistant = (more: object = {}) => ({
  id: assistantId,
  object: 'assistant',
  created_at: 1_700_000_000,
  name: 'Math Tutor',
  description: null,
  model: 'gpt-4o',
  instructions: 'Solve.',
  tools: [
    { type: 'code_interpreter' },
    {
      type: 'file_search',
      file_search: { ranking_options: { ranker: 'default_2024_08_21', score_threshold: 0.0 } },
    },
  ],
  top_p: 0.9,
  temperature: 0.2,
  reasoning_effort: null,
  tool_resources: { code_interpreter: { file_ids: [fileId] }, file_search: { vector_store_ids: [storeId] } },
  metadata: { team: 'maths' },
  response_format: 'auto',
  ...more,
})

export const thread = (more: object = {}) => ({
  id: threadId,
  object: 'thread',
  created_at: 1_700_000_100,
  metadata: { user: '17' },
  tool_resources: {},
  ...more,
})

/** As the original answered a GET: without the four fields of its state. */
export const message = (number: number, more: object = {}) => ({
  id: messageId(number),
  object: 'thread.message',
  created_at: 1_700_000_200 + number,
  assistant_id: null,
  thread_id: threadId,
  run_id: null,
  role: 'user',
  content: [{ type: 'text', text: { value: `number ${number}`, annotations: [] } }],
  attachments: [],
  metadata: {},
  ...more,
})

export const file = (more: object = {}) => ({
  object: 'file',
  id: fileId,
  purpose: 'assistants',
  filename: 'harbour.txt',
  bytes: 25,
  created_at: 1_700_000_050,
  expires_at: null,
  status: 'processed',
  status_details: null,
  ...more,
})

export const content = 'The harbour opens at six.'

export const store = (more: object = {}) => ({
  id: storeId,
  object: 'vector_store',
  created_at: 1_700_000_060,
  name: 'port',
  description: null,
  usage_bytes: 1045,
  file_counts: { in_progress: 0, completed: 1, failed: 0, cancelled: 0, total: 1 },
  status: 'completed',
  expires_after: null,
  expires_at: null,
  last_active_at: 1_700_000_070,
  metadata: { town: 'Hamburg' },
  ...more,
})

export const storeFile = {
  id: fileId,
  object: 'vector_store.file',
  usage_bytes: 1045,
  created_at: 1_700_000_061,
  vector_store_id: storeId,
  status: 'completed',
  last_error: null,
  chunking_strategy: { type: 'static', static: { max_chunk_size_tokens: 800, chunk_overlap_tokens: 400 } },
  attributes: { page: 'first' },
}

export const runId = `run_${signs(1)}`

export const run = (more: object = {}) => ({
  id: runId,
  object: 'thread.run',
  created_at: 1_700_000_210,
  assistant_id: assistantId,
  thread_id: threadId,
  status: 'completed',
  started_at: 1_700_000_210,
  expires_at: null,
  cancelled_at: null,
  failed_at: null,
  completed_at: 1_700_000_212,
  required_action: null,
  last_error: null,
  model: 'gpt-4o',
  instructions: 'Solve.',
  tools: [],
  tool_resources: {},
  metadata: {},
  temperature: 1,
  top_p: 1,
  reasoning_effort: null,
  max_completion_tokens: null,
  max_prompt_tokens: null,
  truncation_strategy: { type: 'auto', last_messages: null },
  incomplete_details: null,
  usage: {
    prompt_tokens: 10,
    completion_tokens: 5,
    total_tokens: 15,
    prompt_token_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  },
  response_format: 'auto',
  tool_choice: 'auto',
  parallel_tool_calls: true,
  ...more,
})

export const step = (more: object = {}) => ({
  id: `step_${signs(1)}`,
  object: 'thread.run.step',
  created_at: 1_700_000_211,
  run_id: runId,
  assistant_id: assistantId,
  thread_id: threadId,
  type: 'tool_calls',
  status: 'completed',
  cancelled_at: null,
  completed_at: 1_700_000_212,
  expires_at: null,
  expired_at: null,
  failed_at: null,
  last_error: null,
  step_details: {
    type: 'tool_calls',
    tool_calls: [
      {
        id: 'call_1',
        type: 'code_interpreter',
        code_interpreter: { input: '1+1', outputs: [{ type: 'logs', logs: '2' }] },
      },
      { id: 'call_2', type: 'function', function: { name: 'weather', arguments: '{}', output: 'rain' } },
    ],
  },
  usage: null,
  metadata: {},
  ...more,
})

/** The messages of the thread as a server on the folder lists them, oldest first. */
export async function textsOf(dataDir: string): Promise<string[]> {
  await using server = await startTestServer({ dataDir })
  const page = await server.client.beta.threads.messages.list(threadId, { order: 'asc', limit: 100 })
  return page.data.map(({ content: [part] }) => (part?.type === 'text' ? part.text.value : ''))
}

export const numbers = (...all: number[]) => all.map((number) => `number ${number}`)
