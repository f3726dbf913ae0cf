import type { ReadStream } from 'node:fs'

/**
 * The part of the official client that the cases use, as far as its majors agree on it. The compiler checks each
 * major against this; only what the cases look at is written down.
 */
export interface Client {
  files: {
    create(params: { file: File | ReadStream; purpose: 'assistants' | 'user_data' }): PromiseLike<FileObject>
    retrieve(id: string): PromiseLike<FileObject>
    content(
      id: string,
    ): PromiseLike<{ text(): Promise<string>; headers: { get(name: string): string | null } }>
    list(query: { purpose: string }): AsyncIterable<FileObject>
  }
  uploads: {
    create(params: {
      bytes: number
      filename: string
      mime_type: string
      purpose: 'assistants'
    }): PromiseLike<Upload>
    parts: { create(uploadId: string, params: { data: File }): PromiseLike<{ id: string }> }
    complete(id: string, params: { part_ids: string[] }): PromiseLike<Upload>
  }
  beta: {
    assistants: {
      create(params: AssistantParams): PromiseLike<Assistant>
      retrieve(id: string): PromiseLike<Assistant>
      update(id: string, params: { metadata: Metadata }): PromiseLike<Assistant>
    }
    threads: {
      create(params?: ThreadParams): PromiseLike<Thread>
      retrieve(id: string): PromiseLike<Thread>
      update(id: string, params: { metadata: Metadata }): PromiseLike<Thread>
      createAndRunPoll(params: { assistant_id: string; thread: ThreadParams }): Promise<Run>
      createAndRunStream(params: { assistant_id: string; thread: ThreadParams }): RunStream
      messages: {
        create(threadId: string, params: MessageParams): PromiseLike<Message>
        list(
          threadId: string,
          query?: { limit?: number; order?: 'asc' | 'desc' },
        ): AsyncIterable<Message> & PromiseLike<{ data: Message[]; hasNextPage(): boolean }>
      }
      runs: {
        create(
          threadId: string,
          params: RunParams & { stream: true },
        ): PromiseLike<AsyncIterable<{ event: string }>>
        create(threadId: string, params: RunParams): PromiseLike<Run>
        createAndPoll(threadId: string, params: RunParams): Promise<Run>
        stream(threadId: string, params: RunParams): RunStream
        list(threadId: string): AsyncIterable<Run>
      }
    }
  }
}

export type Metadata = Record<string, string> | null

/** The client puts the header of the answer into the object. */
interface Answered {
  _request_id?: string | null
}

export interface AssistantParams {
  model: string
  name?: string
  instructions?: string
  metadata?: Metadata
  tools?: (
    | { type: 'code_interpreter' }
    | { type: 'function'; function: { name: string; description?: string } }
  )[]
}
export interface MessageParams {
  role: 'user' | 'assistant'
  content: string
}
export interface ThreadParams {
  messages?: MessageParams[]
}
export interface RunParams {
  assistant_id: string
  metadata?: Metadata
}
export interface ToolOutput {
  tool_call_id: string
  output: string
}

export interface Assistant extends Answered {
  id: string
  name: string | null
  metadata: Metadata
}
export interface Thread extends Answered {
  id: string
  metadata: Metadata
}
export interface Message {
  id: string
  role: string
  status: string
  content: { type: string; text?: { value: string } }[]
}
export interface Run extends Answered {
  id: string
  status: string
  required_action: { submit_tool_outputs: { tool_calls: FunctionCall[] } } | null
  last_error: { code: string; message: string } | null
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number } | null
  metadata: Metadata
}
export interface FunctionCall {
  id: string
  function: { name: string; arguments: string }
}
export interface Step {
  id: string
  type: string
  status: string
  step_details: { type: string; tool_calls?: ToolCall[] }
}
export interface ToolCall {
  id: string
  type: string
  function?: { name: string; arguments: string; output: string | null }
  code_interpreter?: { input: string; outputs: { type: string; logs?: string }[] }
  /** Of a tool that no client knows. */
  dice?: { arguments: string; output: string | null }
}
export interface ToolCallDelta {
  index: number
  function?: { arguments?: string }
  code_interpreter?: { input?: string; outputs?: { type: string; logs?: string }[] }
  dice?: { arguments?: string; output?: string | null }
}
export interface FileObject extends Answered {
  id: string
  filename: string
  bytes: number
  purpose: string
}
export interface Deleted {
  id: string
  deleted: boolean
}
export interface Upload {
  id: string
  status: string
  file?: { id: string; filename: string; bytes: number } | null
}

export interface RunStream extends AsyncIterable<{ event: string }> {
  on(event: 'textCreated', listener: (text: { value: string }) => void): unknown
  on(event: 'textDelta', listener: (delta: { value?: string }, text: { value: string }) => void): unknown
  on(event: 'textDone', listener: (text: { value: string }, message: Message) => void): unknown
  on(event: 'messageCreated' | 'messageDone', listener: (message: Message) => void): unknown
  on(event: 'runStepCreated' | 'runStepDone', listener: (step: Step) => void): unknown
  on(event: 'runStepDelta', listener: (delta: object, step: Step) => void): unknown
  on(event: 'toolCallCreated' | 'toolCallDone', listener: (call: ToolCall) => void): unknown
  on(event: 'toolCallDelta', listener: (delta: ToolCallDelta, call: ToolCall) => void): unknown
  on(event: 'end', listener: () => void): unknown
  finalMessages(): Promise<Message[]>
  finalRun(): Promise<Run>
  finalRunSteps(): Promise<Step[]>
}
