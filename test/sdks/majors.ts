import OpenAI4, { AzureOpenAI as AzureOpenAI4 } from 'openai-v4'
import OpenAI5, { AzureOpenAI as AzureOpenAI5 } from 'openai-v5'
import OpenAI6, { AzureOpenAI as AzureOpenAI6 } from 'openai-v6'
import OpenAI7, { AzureOpenAI as AzureOpenAI7 } from 'openai'
import type { Client, Deleted, Message, Metadata, Run, RunStream, Step, ToolOutput } from './client.ts'

/** A client, and what the majors call differently under one name each. */
export interface Sdk {
  client: Client
  deleteFile(id: string): PromiseLike<Deleted>
  deleteAssistant(id: string): PromiseLike<Deleted>
  updateMessage(threadId: string, messageId: string, params: { metadata: Metadata }): PromiseLike<Message>
  retrieveRun(threadId: string, runId: string): PromiseLike<Run>
  updateRun(threadId: string, runId: string, params: { metadata: Metadata }): PromiseLike<Run>
  cancelRun(threadId: string, runId: string): PromiseLike<Run>
  pollRun(threadId: string, runId: string): Promise<Run>
  submitAndPoll(threadId: string, runId: string, outputs: ToolOutput[]): Promise<Run>
  submitAndStream(threadId: string, runId: string, outputs: ToolOutput[]): RunStream
  listSteps(threadId: string, runId: string): AsyncIterable<Step>
}

type ErrorName =
  | 'APIError'
  | 'AuthenticationError'
  | 'BadRequestError'
  | 'NotFoundError'
  | 'UnprocessableEntityError'

export interface Major {
  name: string
  /** Without a key that of the server is taken. */
  connect(options: { baseURL: string; apiKey: string }): Sdk
  connectAzure(options: { endpoint: string; apiKey: string }): Sdk
  errors: Record<ErrorName, new (...given: never[]) => Error & { status: number | undefined }>
  /** Of an error that this major threw. */
  requestIdOf(error: unknown): string | null | undefined
}

/** Until 4 the ids of a path are parameters in its order. */
function withIdsInOrder(client: OpenAI4): Sdk {
  const { files, beta } = client
  const { messages, runs } = beta.threads
  return {
    client,
    deleteFile: (id) => files.del(id),
    deleteAssistant: (id) => beta.assistants.del(id),
    updateMessage: (thread, id, params) => messages.update(thread, id, params),
    retrieveRun: (thread, id) => runs.retrieve(thread, id),
    updateRun: (thread, id, params) => runs.update(thread, id, params),
    cancelRun: (thread, id) => runs.cancel(thread, id),
    pollRun: (thread, id) => runs.poll(thread, id),
    submitAndPoll: (thread, id, tool_outputs) => runs.submitToolOutputsAndPoll(thread, id, { tool_outputs }),
    submitAndStream: (thread, id, tool_outputs) => runs.submitToolOutputsStream(thread, id, { tool_outputs }),
    listSteps: (thread, id) => runs.steps.list(thread, id),
  }
}

/** Since 5 the last id of a path is a parameter of its own, and those before it are named. */
function withNamedIds(client: OpenAI5 | OpenAI6 | OpenAI7): Sdk {
  const { files, beta } = client
  const { messages, runs } = beta.threads
  return {
    client,
    deleteFile: (id) => files.delete(id),
    deleteAssistant: (id) => beta.assistants.delete(id),
    updateMessage: (thread_id, id, params) => messages.update(id, { thread_id, ...params }),
    retrieveRun: (thread_id, id) => runs.retrieve(id, { thread_id }),
    updateRun: (thread_id, id, params) => runs.update(id, { thread_id, ...params }),
    cancelRun: (thread_id, id) => runs.cancel(id, { thread_id }),
    pollRun: (thread_id, id) => runs.poll(id, { thread_id }),
    submitAndPoll: (thread_id, id, tool_outputs) =>
      runs.submitToolOutputsAndPoll(id, { thread_id, tool_outputs }),
    submitAndStream: (thread_id, id, tool_outputs) =>
      runs.submitToolOutputsStream(id, { thread_id, tool_outputs }),
    listSteps: (thread_id, id) => runs.steps.list(id, { thread_id }),
  }
}

// Without retries a failure shows as it came.
const maxRetries = 0
const apiVersion = '2024-05-01-preview'

export const majors: Major[] = [
  {
    name: 'openai 4',
    connect: (options) => withIdsInOrder(new OpenAI4({ ...options, maxRetries })),
    connectAzure: (options) => withIdsInOrder(new AzureOpenAI4({ ...options, apiVersion, maxRetries })),
    errors: OpenAI4,
    requestIdOf: (error) => (error instanceof OpenAI4.APIError ? error.request_id : undefined),
  },
  {
    name: 'openai 5',
    connect: (options) => withNamedIds(new OpenAI5({ ...options, maxRetries })),
    connectAzure: (options) => withNamedIds(new AzureOpenAI5({ ...options, apiVersion, maxRetries })),
    errors: OpenAI5,
    requestIdOf: (error) => (error instanceof OpenAI5.APIError ? error.requestID : undefined),
  },
  {
    name: 'openai 6',
    connect: (options) => withNamedIds(new OpenAI6({ ...options, maxRetries })),
    connectAzure: (options) => withNamedIds(new AzureOpenAI6({ ...options, apiVersion, maxRetries })),
    errors: OpenAI6,
    requestIdOf: (error) => (error instanceof OpenAI6.APIError ? error.requestID : undefined),
  },
  {
    name: 'openai 7',
    connect: (options) => withNamedIds(new OpenAI7({ ...options, maxRetries })),
    connectAzure: (options) => withNamedIds(new AzureOpenAI7({ ...options, apiVersion, maxRetries })),
    errors: OpenAI7,
    requestIdOf: (error) => (error instanceof OpenAI7.APIError ? error.requestID : undefined),
  },
]
