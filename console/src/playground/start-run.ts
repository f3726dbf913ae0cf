import type OpenAI from 'openai'
import type { Run } from '../../../src/contract/runs.ts'

export type NewMessage = OpenAI.Beta.Threads.RunCreateParams.AdditionalMessage

/** Parameters of one run that replace those of its assistant. */
export type Overrides = Partial<
  Pick<
    OpenAI.Beta.Threads.RunCreateParamsNonStreaming,
    | 'model'
    | 'instructions'
    | 'additional_instructions'
    | 'temperature'
    | 'top_p'
    | 'max_completion_tokens'
    | 'max_prompt_tokens'
    | 'truncation_strategy'
    | 'tool_choice'
    | 'parallel_tool_calls'
  >
>

export interface Request {
  threadId: string | undefined
  assistantId: string
  message: NewMessage
  overrides: Overrides
}

/** Adds the message and starts the run in one request: nothing is added when the run is refused. */
export async function startRun(client: OpenAI, request: Request): Promise<Run> {
  const { threadId, assistantId, message, overrides } = request
  if (threadId !== undefined) return runInThread(client, threadId, request)
  // The request that also creates a thread has no additional instructions.
  if (overrides.additional_instructions) return runInNewThread(client, request)
  const started = await client.beta.threads.createAndRun({
    assistant_id: assistantId,
    thread: { messages: [message] },
    ...overrides,
  })
  return started as unknown as Run
}

async function runInThread(
  client: OpenAI,
  threadId: string,
  { assistantId, message, overrides }: Request,
): Promise<Run> {
  const started = await client.beta.threads.runs.create(threadId, {
    assistant_id: assistantId,
    additional_messages: [message],
    ...overrides,
  })
  return started as unknown as Run
}

/** Leaves no empty thread behind when the run is refused. */
async function runInNewThread(client: OpenAI, request: Request): Promise<Run> {
  const { id } = await client.beta.threads.create()
  try {
    return await runInThread(client, id, request)
  } catch (error) {
    await client.beta.threads.delete(id)
    throw error
  }
}
