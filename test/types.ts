/**
 * Proof by the compiler that what this server takes and gives is what the official client sends and expects. Nothing
 * here runs: `npm run types` fails when the two part ways. Where they cannot agree, `Omit` takes the field out with
 * the reason beside it, and the rest still has to fit.
 */
import type OpenAI from 'openai'
import type { z } from 'zod'
import type * as assistants from '../src/contract/assistants.ts'
import type * as files from '../src/contract/files.ts'
import type { List } from '../src/contract/list.ts'
import type * as messages from '../src/contract/messages.ts'
import type * as models from '../src/contract/models.ts'
import type { RunStatus } from '../src/contract/run-status.ts'
import type * as steps from '../src/contract/run-steps.ts'
import type * as runInput from '../src/contract/run-input.ts'
import type * as runs from '../src/contract/runs.ts'
import type * as threads from '../src/contract/threads.ts'
import type { AssistantTool, ToolChoice } from '../src/contract/tools.ts'
import type * as uploads from '../src/contract/uploads.ts'
import type * as fileBatches from '../src/contract/file-batches.ts'
import type { VectorStoreFileStatus } from '../src/contract/file-counts.ts'
import type * as storeFiles from '../src/contract/vector-store-files.ts'
import type * as search from '../src/contract/vector-store-search.ts'
import type * as vectorStores from '../src/contract/vector-stores.ts'

/** Ours can be used wherever the client's type is asked for. */
type Gives<Theirs, Ours extends Theirs> = Ours

/** The compiler objects when a field that the client's type has is missing in ours, whatever its type. */
type Knows<Theirs, Ours extends { [Key in keyof Theirs]-?: unknown }> = Ours

/** Whatever the client's type allows to be sent, the schema takes. */
type Takes<Schema extends z.ZodType, Sent extends z.input<Schema>> = Sent

/** Each can be used as the other. */
type Same<Ours extends Theirs, Theirs extends Back, Back = Ours> = Ours

export type Answers = [
  Gives<OpenAI.Beta.Assistant, assistants.Assistant>,
  Gives<OpenAI.Beta.AssistantDeleted, assistants.AssistantDeleted>,
  Gives<OpenAI.Beta.Thread, threads.Thread>,
  Gives<OpenAI.Beta.ThreadDeleted, threads.ThreadDeleted>,
  Gives<OpenAI.Beta.Threads.Message, messages.Message>,
  Gives<OpenAI.Beta.Threads.MessageDeleted, messages.MessageDeleted>,
  // Recorded: `instructions` is null without any, and an error code. Seen: `content_filter` as a reason.
  Gives<Omit<OpenAI.Beta.Threads.Run, 'instructions' | 'incomplete_details' | 'last_error'>, runs.Run>,
  Gives<OpenAI.Beta.Threads.Runs.RunStep, steps.RunStep>,
  // Recorded: both are null, where the client's type has nothing. `evals` can be uploaded but not come back there.
  Gives<Omit<OpenAI.FileObject, 'expires_at' | 'status_details' | 'purpose'>, files.FileObject>,
  Gives<OpenAI.FileDeleted, files.FileDeleted>,
  Gives<Omit<OpenAI.Upload, 'file'>, uploads.Upload>,
  Gives<OpenAI.Uploads.UploadPart, uploads.UploadPart>,
  Gives<OpenAI.Model, models.Model>,
  // Recorded: `name` is null without any, and `expires_after` null where the client's type has nothing.
  Gives<Omit<OpenAI.VectorStore, 'name' | 'expires_after'>, vectorStores.VectorStore>,
  Gives<OpenAI.VectorStoreDeleted, vectorStores.VectorStoreDeleted>,
  Gives<OpenAI.VectorStores.VectorStoreFile, storeFiles.VectorStoreFile>,
  Gives<OpenAI.VectorStores.VectorStoreFileDeleted, storeFiles.VectorStoreFileDeleted>,
  Gives<OpenAI.VectorStores.FileContentResponse, storeFiles.FileContentPage['data'][number]>,
  // Recorded: `object` says `file_batch`, where the client's type says `files_batch`.
  Gives<Omit<OpenAI.VectorStores.VectorStoreFileBatch, 'object'>, fileBatches.FileBatch>,
  Gives<OpenAI.VectorStoreSearchResponse, search.SearchResult>,
  // Recorded: an empty page has no ends. The client's pages read only these two.
  Gives<{ data: OpenAI.Beta.Thread[]; has_more: boolean }, List<threads.Thread>>,
]

export type Fields = [
  Knows<OpenAI.Beta.Assistant, assistants.Assistant>,
  Knows<OpenAI.Beta.Thread, threads.Thread>,
  Knows<OpenAI.Beta.Threads.Message, messages.Message>,
  Knows<OpenAI.Beta.Threads.Run, runs.Run>,
  Knows<OpenAI.Beta.Threads.Runs.RunStep, steps.RunStep>,
  Knows<OpenAI.FileObject, files.FileObject>,
  Knows<OpenAI.VectorStore, vectorStores.VectorStore>,
  Knows<OpenAI.VectorStores.VectorStoreFile, storeFiles.VectorStoreFile>,
  Knows<OpenAI.VectorStores.VectorStoreFileBatch, fileBatches.FileBatch>,
  Knows<OpenAI.VectorStoreSearchResponse, search.SearchResult>,
  Knows<Omit<OpenAI.Upload, 'file'>, uploads.Upload>,
  Knows<Omit<OpenAI.Model, 'shutdown_date'>, models.Model>,
]

export type Values = [
  Same<RunStatus, OpenAI.Beta.Threads.RunStatus>,
  Same<messages.Message['status'], OpenAI.Beta.Threads.Message['status']>,
  Same<messages.IncompleteReason, OpenAI.Beta.Threads.Message.IncompleteDetails['reason']>,
  Same<messages.MessageContent, OpenAI.Beta.Threads.MessageContent>,
  Same<messages.Annotation, OpenAI.Beta.Threads.Annotation>,
  Same<steps.RunStepStatus, OpenAI.Beta.Threads.Runs.RunStep['status']>,
  Same<runs.RequiredAction, OpenAI.Beta.Threads.Run.RequiredAction>,
  // Recorded: a picture that could not be had.
  Same<Exclude<runs.RunError['code'], 'invalid_image_url'>, OpenAI.Beta.Threads.Run.LastError['code']>,
  Same<steps.FunctionCall, OpenAI.Beta.Threads.Runs.FunctionToolCall>,
  Same<steps.CodeInterpreterCall, OpenAI.Beta.Threads.Runs.CodeInterpreterToolCall>,
  Same<files.UploadPurpose, OpenAI.FilePurpose>,
  Same<uploads.UploadStatus, OpenAI.Upload['status']>,
  Same<VectorStoreFileStatus, OpenAI.VectorStores.VectorStoreFile['status']>,
  Same<storeFiles.FileError, OpenAI.VectorStores.VectorStoreFile.LastError>,
  Same<vectorStores.VectorStore['status'], OpenAI.VectorStore['status']>,
  Same<AssistantTool, OpenAI.Beta.AssistantTool>,
  Gives<OpenAI.Beta.AssistantToolChoiceOption, ToolChoice>,
]

/** The client's type with some fields as they must be: it calls optional what no request makes sense without. */
type With<Theirs, Fields> = Omit<Theirs, keyof Fields> & Fields

type SentMessage = With<
  OpenAI.Beta.Threads.MessageCreateParams,
  { attachments?: Required<OpenAI.Beta.Threads.MessageCreateParams.Attachment>[] | null }
>
type SentThread = With<OpenAI.Beta.ThreadCreateParams, { messages?: SentMessage[] }>
type SentRun<Params> = With<
  // `include` is sent in the query.
  Omit<Params, 'include'>,
  { additional_messages?: SentMessage[] | null; tool_choice?: ToolChoice | null }
>
type SentOutputs = With<
  Omit<OpenAI.Beta.Threads.RunSubmitToolOutputsParams, 'thread_id'>,
  { tool_outputs: Required<OpenAI.Beta.Threads.RunSubmitToolOutputsParams.ToolOutput>[] }
>

export type Requests = [
  Takes<typeof assistants.createAssistantRequest, OpenAI.Beta.AssistantCreateParams>,
  Takes<typeof assistants.modifyAssistantRequest, OpenAI.Beta.AssistantUpdateParams>,
  Takes<typeof threads.createThreadRequest, SentThread>,
  Takes<typeof threads.modifyThreadRequest, OpenAI.Beta.ThreadUpdateParams>,
  Takes<typeof messages.createMessageRequest, SentMessage>,
  Takes<typeof messages.modifyMessageRequest, Omit<OpenAI.Beta.Threads.MessageUpdateParams, 'thread_id'>>,
  Takes<typeof runInput.createRunRequest, SentRun<OpenAI.Beta.Threads.RunCreateParamsNonStreaming>>,
  Takes<typeof runInput.createRunRequest, SentRun<OpenAI.Beta.Threads.RunCreateParamsStreaming>>,
  Takes<
    typeof runInput.createThreadAndRunRequest,
    With<OpenAI.Beta.ThreadCreateAndRunParams, { thread?: SentThread; tool_choice?: ToolChoice | null }>
  >,
  Takes<typeof runInput.modifyRunRequest, Omit<OpenAI.Beta.Threads.RunUpdateParams, 'thread_id'>>,
  Takes<typeof runInput.submitToolOutputsRequest, SentOutputs>,
  Takes<typeof uploads.createUploadRequest, OpenAI.UploadCreateParams>,
  Takes<typeof vectorStores.createVectorStoreRequest, OpenAI.VectorStoreCreateParams>,
  Takes<typeof vectorStores.modifyVectorStoreRequest, OpenAI.VectorStoreUpdateParams>,
  Takes<typeof storeFiles.createVectorStoreFileRequest, OpenAI.VectorStores.FileCreateParams>,
  Takes<
    typeof storeFiles.updateVectorStoreFileRequest,
    Omit<OpenAI.VectorStores.FileUpdateParams, 'vector_store_id'>
  >,
  Takes<typeof fileBatches.createFileBatchRequest, OpenAI.VectorStores.FileBatchCreateParams>,
  // A filter is checked as unknown first, for its depth.
  Takes<typeof search.searchVectorStoreRequest, OpenAI.VectorStoreSearchParams>,
  Takes<typeof uploads.completeUploadRequest, OpenAI.UploadCompleteParams>,
]
