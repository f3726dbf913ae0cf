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
  const started =
    threadId === undefined
      ? client.beta.threads.createAndRun({
          assistant_id: assistantId,
          thread: { messages: [message] },
          ...withoutAdditional(overrides),
        })
      : client.beta.threads.runs.create(threadId, {
          assistant_id: assistantId,
          additional_messages: [message],
          ...overrides,
        })
  return (await started) as unknown as Run
}

/** The request that also creates a thread has no additional instructions. */
function withoutAdditional({ additional_instructions, ...overrides }: Overrides): Overrides {
  return additional_instructions && !overrides.instructions
    ? { ...overrides, instructions: additional_instructions }
    : overrides
}
